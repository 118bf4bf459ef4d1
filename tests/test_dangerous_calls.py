"""What the package never calls, or only in one way: what could run what was sent, or lets somebody guess a secret."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
TREES = {str(path.relative_to(ROOT)): ast.parse(path.read_text()) for path in (ROOT / "liveblog").rglob("*.py")}

RUN = {"eval", "exec", "compile", "__import__", "render_template_string", "Template", "os.system", "os.popen"}
"""Calls that run a text, as a program or as a template."""
UNPICKLING = {"pickle", "marshal", "shelve", "dill", "yaml", "code", "codeop", "runpy"}
PATTERNED = {
    f"re.{each}" for each in ("compile", "match", "fullmatch", "search", "sub", "split", "findall", "finditer")
}
PATTERNS_OF_TABLES = {
    "liveblog/intake/embeds.py": {"pattern"},
    "liveblog/intake/kinds.py": {"mark"},
    "liveblog/intake/nominees.py": {"delimiter"},  # a comma, semicolon or tabulator
    "liveblog/intake/remarks.py": {"mark"},  # escaped
    "liveblog/web/embed.py": {"ours"},  # of what is escaped in the line above
    "liveblog/web/markdown_blocks.py": {"pattern", "inside", "short_host"},
    "liveblog/web/takedowns.py": {"folder"},  # "posts" or "media"
}
"""The variables that patterns are made of, of which none has been sent."""
GUESSABLE = {
    "liveblog/client/blog.py": "pauses",
    "liveblog/client/following.py": "pauses",
    "liveblog/push/packets.py": "ids of connections, which open nothing",
    "liveblog/relay/source.py": "pauses",
    "liveblog/web/answers.py": "when a page loads itself again",
    "liveblog/web/feeds.py": "names of entries, which are public",
}
"""What may come of `random` or `uuid`."""


def calls() -> Iterator[tuple[str, str, ast.Call]]:
    """Each call: its file, what is called, the call."""
    for file, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield file, ast.unparse(node.func), node


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{each.name}" for each in node.names)


def keywords(call: ast.Call) -> dict[str | None, str]:
    return {each.arg: ast.unparse(each.value) for each in call.keywords}


def test_no_text_is_run_as_a_program_or_a_template() -> None:
    wrong = [(file, name) for file, name, _ in calls() if name in RUN or name.split(".")[-1] in ("from_string", "eval")]
    assert not wrong
    assert not [file for file, tree in TREES.items() if UNPICKLING & {name.split(".")[0] for name in imported(tree)}]


def test_a_command_is_a_list_of_arguments_without_a_shell() -> None:
    started = [(file, call) for file, name, call in calls() if name.startswith(("subprocess.", "os.exec", "os.spawn"))]
    assert len(started) > 4
    for file, call in started:
        assert "shell" not in keywords(call), file
        assert not isinstance(call.args[0], (ast.Constant, ast.JoinedStr, ast.BinOp)), file


def test_scripts_of_storage_are_made_of_nothing_that_was_sent() -> None:
    """They get values as KEYS and ARGV."""
    given = [
        (file, call.args[0]) for file, name, call in calls() if name.endswith((".register_script", ".script_load"))
    ]
    assert len(given) > 8
    for file, script in given:
        lines, name = ast.unparse(TREES[file]).splitlines(), ast.unparse(script)
        of_file = [line for line in lines if line.strip().startswith(f"{name} = ") and ".lua').read_text()" in line]
        of_module = [line for line in lines if line.startswith(f"{name} = ")]
        assert of_file or of_module or ".lua').read_text()" in name, file


def test_no_pattern_is_made_of_what_was_sent() -> None:
    """A pattern is a text, or made of constants (in capitals) and of what is escaped."""
    made, wrong = 0, []
    for file, name, call in calls():
        if name in PATTERNED and not isinstance(call.args[0], ast.Constant):
            made += 1
            names = {each.id for each in ast.walk(_unescaped(call.args[0])) if isinstance(each, ast.Name)}
            free = {each for each in names if not each.lstrip("_").isupper() and each != "_host"}
            wrong += [(file, each) for each in free - PATTERNS_OF_TABLES.get(file, set())]
    assert made > 30
    assert not wrong


def _unescaped(pattern: ast.expr) -> ast.expr:
    """The pattern without the parts that `re.escape` made."""

    class Without(ast.NodeTransformer):
        def visit_Call(self, node: ast.Call) -> ast.AST:
            return ast.Constant("") if ast.unparse(node.func) == "re.escape" else self.generic_visit(node)

    whole = ast.Expression(ast.parse(ast.unparse(pattern), mode="eval").body)
    Without().visit(whole)
    return whole.body


def test_what_must_not_be_guessed_comes_of_the_systems_own_randomness() -> None:
    users = {file for file, tree in TREES.items() if {"random", "uuid"} & {n.split(".")[0] for n in imported(tree)}}
    assert users == set(GUESSABLE)
    short = [
        (file, ast.unparse(call))
        for file, name, call in calls()
        if name in ("secrets.token_bytes", "secrets.token_hex", "secrets.token_urlsafe")
        and ast.unparse(call.args[0]).isdigit()
        and int(ast.unparse(call.args[0])) < 16
        and file not in NAMES
    ]
    assert not short


NAMES = {
    "liveblog/cli/keeping.py": "a backup's file",
    "liveblog/push/exchange.py": "a process",
    "liveblog/push/webhooks.py": "who delivers",
    "liveblog/store/commits.py": "processes, posts",
    "liveblog/store/incoming.py": "a hook, whose messages are signed",
    "liveblog/store/people.py": "an entry of a list; a generation of sessions, which opens nothing",
    "liveblog/store/sealing.py": "a nonce",
    "liveblog/store/takedowns.py": "a takedown",
    "liveblog/store/webhooks.py": "a webhook",
    "liveblog/web/devices.py": "a device, which the server signs",
    "liveblog/web/observing.py": "a request",
}
"""Files in which names are made at random, so that two are never equal; whoever knows one may do nothing more."""


def test_hashes_and_ciphers_are_those_of_the_list() -> None:
    hashes = [each for each in calls() if each[1].startswith("hashlib.") and each[1].count(".") == 1]
    assert {name for _, name, _ in hashes} == {"hashlib.sha256", "hashlib.sha1", "hashlib.new"}
    for file, name, call in hashes:
        assert name != "hashlib.sha1" or keywords(call)["usedforsecurity"] == "False", file
        assert name != "hashlib.new" or file == "liveblog/identity/tokens.py", file
    assert {ast.unparse(call.args[2]) for _, name, call in calls() if name == "hmac.new"} == {"hashlib.sha256"}
    ciphers = {name for tree in TREES.values() for name in imported(tree) if name.startswith("cryptography.hazmat")}
    assert {name.rpartition(".")[2] for name in ciphers} == {"AESGCM", "SHA256", "HKDF"}


def test_no_debug_mode_is_ever_on() -> None:
    assert not [(file, name) for file, name, call in calls() if "debug" in keywords(call) and name != "logging.debug"]
    assert not [
        file for file, name, _ in calls() if name in ("app.run", "run_simple") or name.endswith("DebuggedApplication")
    ]
    written = [ast.unparse(node) for tree in TREES.values() for node in ast.walk(tree) if isinstance(node, ast.Assign)]
    assert not [each for each in written if ".debug =" in each or "TRAP_HTTP" in each or "PROPAGATE_EXC" in each]


def test_every_cookie_is_kept_from_scripts_and_from_other_sites() -> None:
    given = [
        (file, keywords(call)) for file, name, call in calls() if name in ("answer.set_cookie", "response.set_cookie")
    ]
    assert {file for file, _ in given} == {"liveblog/web/cookies.py", "liveblog/web/devices.py"}
    for _, said in given:
        assert (said["httponly"], said["samesite"]) == ("True", "'Lax'")
        assert said["secure"].removeprefix("cookies.") == "over_https()"
        assert "domain" not in said
    others = [ast.unparse(tree) for file, tree in TREES.items() if file not in {file for file, _ in given}]
    assert not [text for text in others if ".set_cookie(" in text.replace("cookies.set_cookie(", "")]
