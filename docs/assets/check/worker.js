// The engine in a worker: Python, started from files that the page hands over. It has no network.

let python;

async function start({ base, modules, files }) {
  // Pyodide asks for its parts by address. They are here already, and nothing else is to be had.
  self.fetch = async (address) => {
    const name = String(address.url ?? address).slice(base.length);
    if (!(name in files)) throw new Error(`${name} is not a part of the checker`);
    const type = name.endsWith(".wasm") ? "application/wasm" : "application/octet-stream";
    return new Response(files[name], { headers: { "Content-Type": type } });
  };
  const [{ loadPyodide }, { default: createPyodideModule }] = await Promise.all(
    modules.map((address) => import(address))
  );
  const pyodide = await loadPyodide({ indexURL: `${base}pyodide/`, createPyodideModule });
  pyodide.unpackArchive(files["engine.zip"], "zip", { extractDir: "/home/pyodide" });
  python = pyodide.pyimport("workings.browser");
}

self.onmessage = async ({ data }) => {
  try {
    if (data.start) {
      await start(data.start);
      self.postMessage({ ready: true });
    } else {
      self.postMessage({ answer: python.answer(data.request) });
    }
  } catch (error) {
    self.postMessage({ error: String(error.message ?? error) });
  }
};
