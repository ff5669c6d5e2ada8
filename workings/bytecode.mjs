// Compiles the library files that Pyodide starts with, and those the engine imports.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const [root, target] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(join(root, "node_modules/pyodide/pyodide.mjs")));

const pyodide = await loadPyodide();
const engine = join(root, "workings");
const sources = readdirSync(engine)
  .filter((name) => name.endsWith(".py"))
  .map((name) => readFileSync(join(engine, name), "utf8"));
pyodide.globals.set("sources", pyodide.toPy(sources));
pyodide.runPython(`
import ast, contextlib, importlib, py_compile, sys, zipfile
from pathlib import Path

LIBRARY = next(path for path in sys.path if path.endswith(".zip"))
library = zipfile.ZipFile(LIBRARY)
there = {info.filename for info in library.infolist()}
for source in sources:
    for node in ast.walk(ast.parse(source)):
        names = [node.module] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        for name in names:
            place = name.replace(".", "/")
            if {f"{place}.py", f"{place}/__init__.py"} & there:
                # What a browser can't import, the engine does not import there either.
                with contextlib.suppress(ImportError):
                    importlib.import_module(name)

loaded = {getattr(module.__spec__, "origin", None) for module in list(sys.modules.values())}
with zipfile.ZipFile("/compiled.zip", "w", zipfile.ZIP_DEFLATED) as made:
    for info in library.infolist():
        content, name = library.read(info), info.filename
        if f"{LIBRARY}/{name}" in loaded:
            Path("/source.py").write_bytes(content)
            # The archive will hold no source that a date could be compared with.
            py_compile.compile(
                "/source.py", "/compiled.pyc", f"{LIBRARY}/{name}", doraise=True,
                invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
            )
            content = Path("/compiled.pyc").read_bytes()
            name += "c"
        made.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
`);
const place = join(root, target);
mkdirSync(dirname(place), { recursive: true });
writeFileSync(place, pyodide.FS.readFile("/compiled.zip"));
