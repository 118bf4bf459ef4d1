"""A script or style sheet and all that it imports as one file: a page then asks for one file, not for thirty.

It understands the forms of import and export that our files use, and refuses every other one: a bundle never does
anything else than its files. Each imported module becomes the scope of a function, in the order in which browsers
evaluate modules. The script itself follows, with its exports. A comment names each file; line n of the file is the nth
line below it.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

_COMMENTS = re.compile(
    r"""^[ \t]*(?://.*|/\*(?:[^*]|\*(?!/))*\*/[ \t]*)$"""  # a line's only content, or several lines'
    r"""|[ \t]+//[^"'`/\n]*$"""  # at a line's end, without a sign that could end a string or a pattern
    r"""|/\*\* @type [^*\n]*\*/ """  # a type before a value
    r"""|^[ \t]+"""  # a line's indent
    r"""|("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)""",  # no comment: a string
    re.M,
)
_SPACES = re.compile(
    r"""("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|\$\{(?:[^{}`]|`[^`]*`)*\}|[^`\\])*`"""  # in a string
    r"""|(?:(?<=[=(,:!&|?;])|(?<=[=,:&|?;] ))/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/)"""  # or a pattern
    r"""| ?([=<>&|?:,;(){}\[\]]+) ?"""  # around signs that need none: a plus or minus may stand beside another one
)
_CSS_SPACES = re.compile(r"""("[^"]*"|'[^']*')| ?([{};,]) ?|(?<=[\w-])(:) """)
_CSS_COMMENTS = re.compile(r"""("[^"]*"|'[^']*')|/\*.*?\*/""", re.S)
_IMPORT = re.compile(r"""^import (?:([\w$]+)|\{([^}]*)\}) from ["'](\.[^"']+)["'];""", re.M)
_CSS_IMPORTS = re.compile(r"""\A(?:\s*@import url\("[^"]+"\);)*""")
_DECLARED = re.compile(r"^export (default )?((?:async )?function|class|const) ([\w$]+)", re.M)
_LISTED = re.compile(r"\bexport\s*\{([^}]*)\};?\s*\Z")
_LEFT_IMPORT = re.compile(r"^import\b(?!\s*[.(]).*", re.M)
_LEFT_EXPORT = re.compile(r"^export\b.*", re.M)
_ADDRESS = re.compile(r"\bimport\s*[.(]")
"""What depends on the module's own address."""


class Unbundled(ValueError):
    """A file has a form that a bundle could not keep: a circle of imports, `export let`, a missing name …"""


def without_comments(script: str) -> str:
    """A script of ours without comments and indents, which are for its authors; errors still name the right line."""
    return _COMMENTS.sub(lambda found: found[1] or "\n" * found[0].count("\n"), script)


def parts(root: Path, name: str) -> list[str]:
    """A script's or sheet's name below `root` after the names of all that it imports, in the order of evaluation."""
    found: list[str] = []

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise Unbundled(f"imports run in a circle: {' → '.join((*above, name))}")
        if name not in found:
            for other in _imported(root, name):
                visit(other, (*above, name))
            found.append(name)

    visit(name, ())
    return found


def _imported(root: Path, name: str) -> list[str]:
    text = _read(root, name)
    if name.endswith(".css"):
        found = re.findall(r'"([^"]+)"', _imports(text))
    else:
        found = [each[3] for each in _IMPORT.finditer(text)]
    return [_beside(name, other) for other in found]


def _read(root: Path, name: str) -> str:
    """A file of ours without comments; what is vendored as it is, with its licence."""
    text = (root / name).read_text()
    if name.endswith(".css"):
        return re.sub(r"\s*\n\s*", "\n", _CSS_COMMENTS.sub(lambda found: found[1] or "", text))
    return text if name.startswith("vendor/") else without_comments(text)


def _beside(name: str, other: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), other))


# -- style sheets


def sheet(root: Path, name: str) -> str:
    """A style sheet after the rules of those that it imports, without comments and spaces.

    All stand in one folder, because relative addresses stay as they are. Raises `Unbundled`.
    """
    texts = []
    for each in parts(root, name):
        text = _read(root, each)
        rules = text[len(_imports(text)) :]
        if "@import" in rules or posixpath.dirname(each) != posixpath.dirname(name):
            raise Unbundled(f'{each}: imports come first, as @import url("beside.css"), and name files of one folder')
        texts.append(_CSS_SPACES.sub(lambda found: found[1] or found[2] or found[3], rules))
    return "".join(texts)


def _imports(sheet: str) -> str:
    """The imports at the top of a style sheet."""
    found = _CSS_IMPORTS.match(sheet)
    return found[0] if found else ""


# -- scripts


def script(root: Path, name: str) -> str:
    """A script and all that it imports as one module, with the script's exports. Raises `Unbundled`."""
    names = parts(root, name)
    exports: dict[str, set[str]] = {}
    bundle = ""
    for number, each in enumerate(names):
        text = _read(root, each)
        if _ADDRESS.search(text) and posixpath.dirname(each) != posixpath.dirname(name):
            raise Unbundled(f"{each} depends on its address, which is another one in {name}")
        linked = _linked(text, each, names, exports)
        scoped = linked if each == name else _scope(linked, each, number, exports)
        bundle += f"// {each}\n{scoped if each.startswith('vendor/') else _without_spaces(scoped)}"
    return bundle


def _without_spaces(script: str) -> str:
    """A script of ours without the spaces around signs; a test parses both and compares the programs."""
    return _SPACES.sub(lambda found: found[1] or found[2], script)


def _linked(text: str, name: str, names: list[str], exports: dict[str, set[str]]) -> str:
    """A module's text with its imports taken from the scopes of other modules."""

    def take(found: re.Match[str]) -> str:
        other = _beside(name, found[3])
        wanted = [("default", found[1])] if found[1] else _names(found[2])
        if missing := {outer for outer, _ in wanted} - exports[other]:
            raise Unbundled(f"{name}: {other} does not export {', '.join(sorted(missing))}")
        return f"const {_object(wanted)} = ${names.index(other)};" + "\n" * found[0].count("\n")

    linked = _IMPORT.sub(take, text)
    if left := _LEFT_IMPORT.search(linked):
        raise Unbundled(f"{name}: {left[0]}")
    return linked


def _scope(text: str, name: str, number: int, exports: dict[str, set[str]]) -> str:
    """A module as a function's scope that returns the exports. All are constants: no later value can be missed."""
    own = [("default" if found[1] else found[3], found[3]) for found in _DECLARED.finditer(text)]
    for listed in _LISTED.finditer(text):
        own += [(outer, inner) for inner, outer in _names(listed[1])]
    exports[name] = {outer for outer, _ in own}
    body = _LISTED.sub("", _DECLARED.sub(r"\2 \3", text)).rstrip()
    if left := _LEFT_EXPORT.search(body):
        raise Unbundled(f"{name}: {left[0]}")
    return f"const ${number} = (() => {{ {body}\nreturn {_object(own)};\n}})();\n"


def _names(listed: str) -> list[tuple[str, str]]:
    """`a, b as c` as pairs; a name without `as` is both."""
    pairs = (each.split(" as ") for each in map(str.strip, listed.split(",")) if each)
    return [(pair[0].strip(), pair[-1].strip()) for pair in pairs]


def _object(pairs: list[tuple[str, str]]) -> str:
    return "{ " + ", ".join(key if key == value else f"{key}: {value}" for key, value in pairs) + " }"
