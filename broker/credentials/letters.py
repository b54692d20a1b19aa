"""A second opinion on a passage, by groups of letters: how like its spelling is to that of logins (rules).

What `learned` knows by words and by what they speak of is asked here of letters alone. The two seldom err on the same
passage. Trained on the same lines, by the same program; its weights are data of this program too.
"""

import math

from broker.credentials.model import LETTERS

_LENGTHS = (2, 3, 4)  # letters of a group
_ZEROS = str.maketrans("123456789", "000000000")

_WEIGHTS: dict[str, int] = {  # in hundredths
    group: weight for weight, groups in LETTERS["weights"] for group in groups.split("\n")
}
_BIAS: float = LETTERS["bias"]


def groups(text: str) -> set[str]:
    """Give each two to four signs that stand in a row in a word, its ends among them; one figure is as good as any."""
    found = set[str]()
    for spoken in set(text.lower().translate(_ZEROS).split()):
        word = f" {spoken} "
        for length in _LENGTHS:
            found.update([word[at : at + length] for at in range(len(word) - length + 1)])
    return found


def opinion(text: str) -> float:
    """Say how like a passage is to those that gave a login away: above nothing it is taken for one."""
    told = groups(text)
    return _BIAS + sum(_WEIGHTS.get(group, 0) for group in told) / (100 * math.sqrt(max(1, len(told))))
