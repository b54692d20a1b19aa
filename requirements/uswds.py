"""Copy what we use of the USWDS package: the compiled style sheet and the pictures that it names.

Fonts are left out (pages use the system's), and so is the one photograph; no script is copied.
"""

import re
import shutil
import sys
from pathlib import Path

FONT_FACE = re.compile(r"@font-face\s*\{[^}]*\}")
SOURCE_MAP = re.compile(r"/\*#\s*sourceMappingURL=[^*]*\*/")
PHOTOGRAPH = "url(../img/hero.jpg)"
PICTURE = re.compile(r"url\([\"']?\.\./(img/[^)\"']+)[\"']?\)")


def trim(css: str) -> str:
    """Give the style sheet without fonts, photograph and source map."""
    return SOURCE_MAP.sub("", FONT_FACE.sub("", css)).replace(PHOTOGRAPH, "none")


def copy(package: Path, target: Path) -> None:
    """Write `target/css/uswds.min.css` and the pictures that it names, in place of what was there."""
    dist = package / "dist"
    css = trim((dist / "css" / "uswds.min.css").read_text(encoding="utf-8"))
    if "../fonts/" in css:
        raise SystemExit(
            "uswds: the style sheet still names a font; its layout has changed, look at requirements/uswds.py"
        )
    shutil.rmtree(target, ignore_errors=True)
    (target / "css").mkdir(parents=True)
    (target / "css" / "uswds.min.css").write_text(css, encoding="utf-8")
    for name in sorted(set(PICTURE.findall(css))):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(dist / name, target / name)
    shutil.copyfile(package / "LICENSE.md", target / "LICENSE.md")


if __name__ == "__main__":
    copy(Path(sys.argv[1]), Path(sys.argv[2]))
