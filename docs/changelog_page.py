"""The changelog, which is Markdown for the forge, as reStructuredText."""

import re

UNDERLINES = {"#": "=", "##": "-", "###": "~"}


def write(source, target):
    """Translate headings, code and links; lists and paragraphs are the same in both."""
    lines = []
    for line in source.read_text(encoding="utf-8").splitlines():
        heading = re.match(r"(#+) (.*)", line)
        if heading:
            lines += [heading[2], UNDERLINES[heading[1]] * len(heading[2])]
        else:
            line = line.replace("`", "``")
            lines.append(re.sub(r"\[([^]]*)\]\(([^)]*)\)", r"`\1 <\2>`_", line))
    target.parent.mkdir(exist_ok=True)
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
