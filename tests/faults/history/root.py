"""What the log says of its first so many leaves, printed as JSON; run as a program. Argument: how many."""

import json
import sys

import django


def main() -> None:
    """Print the checkpoint of that size with its root, and the root that the leaves have."""
    django.setup()
    from broker.audit import checkpoint, merkle, store, tiles
    from broker.audit.encoding import b64

    size, origin = int(sys.argv[1]), store.origins()[-1].id
    (note,) = [each.note for each in store.notes(origin) if each.size == size]
    of_leaves = merkle.root_at(size, tiles.reader(lambda level, at: store.read_tile(origin, level, at)))
    root = checkpoint.parse(checkpoint.text_of(note)).root
    print(json.dumps({"note": note, "root": b64(root), "of_leaves": b64(of_leaves)}))


if __name__ == "__main__":
    main()
