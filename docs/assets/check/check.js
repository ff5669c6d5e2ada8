// The page that checks a derivation: asks the engine in its worker, and shows what it says.
// Whatever a reader typed goes into the page as text, or as a formula that MathJax drew and
// `harmless` went over.
(() => {
  "use strict";

  const root = document.querySelector("#check");
  if (!root) return;

  const base = new URL(".", document.currentScript.src).href;
  const $ = (name) => root.querySelector(`#check-${name}`);
  const field = $("text");
  const stated = $("parts").dataset.parts;
  const parts = stated ? JSON.parse(stated) : null;
  // A check that takes longer than this many milliseconds is ended.
  const limit = () => Number(root.dataset.limit ?? 20000);

  const DOMAINS = [
    ["real", "real"],
    ["positive", "positive"],
    ["unit", "between 0 and 1"],
    ["simplex", "probability vector"],
    ["onehot", "one-hot"],
    ["binary", "0 or 1"],
    ["label", "class number"],
  ];
  const VERDICTS = {
    definition: "defines",
    holds: "holds",
    fails: "fails here",
    follows: "follows from the wrong line",
    unknown: "can’t be read",
    waived: "not checked",
  };

  function make(name, properties = {}, ...children) {
    const element = document.createElement(name);
    Object.assign(element, properties);
    element.append(...children);
    return element;
  }

  // ---- What is loaded on request

  // Fetches what the worker needs, by name.
  async function download(report, signal) {
    const names = Object.keys(parts).filter((name) => !name.startsWith("mathjax/"));
    const total = names.reduce((sum, name) => sum + parts[name], 0);
    let received = 0;
    const fetched = async (name) => {
      const answer = await fetch(base + name, { signal });
      if (!answer.ok) throw new Error(`${name} could not be loaded (${answer.status})`);
      const chunks = [];
      const reader = answer.body.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        chunks.push(value);
        if (name in parts) received += value.length;
        report(received / total, total);
      }
      return [name, await new Blob(chunks).arrayBuffer()];
    };
    return Object.fromEntries(await Promise.all(["worker.js", ...names].map(fetched)));
  }

  const engine = {
    files: null,
    worker: null,
    waiting: null,
    aborter: null,

    // Resolves when the worker and MathJax are ready; loads what is missing first.
    async start(report) {
      this.aborter = new AbortController();
      const { signal } = this.aborter;
      const stopped = new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(new Error("stopped")));
      });
      await Promise.race([Promise.all([this.boot(report, signal), typeset.start()]), stopped]);
    },

    async boot(report, signal) {
      if (this.worker) return;
      this.files ??= await download(report, signal);
      signal.throwIfAborted();
      report(1, 0);
      const { files } = this;
      const url = (name) => URL.createObjectURL(new Blob([files[name]], { type: "text/javascript" }));
      const modules = ["pyodide/pyodide.mjs", "pyodide/pyodide.asm.mjs"].map(url);
      const address = url("worker.js");
      this.worker = new Worker(address, { type: "module" });
      try {
        await this.post({ start: { base, modules, files } }, 60000);
        $("parts").textContent = "The checker is here, and runs in this tab, also without a network.";
      } finally {
        for (const used of [...modules, address]) URL.revokeObjectURL(used);
      }
    },

    post(message, most) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          this.waiting = null;
          this.end();
          reject(new Error("late"));
        }, most);
        this.waiting = { timer, reject };
        this.worker.onmessage = ({ data }) => {
          clearTimeout(timer);
          this.waiting = null;
          if (data.error) reject(new Error(data.error));
          else resolve(data.answer);
        };
        this.worker.onerror = (event) => {
          clearTimeout(timer);
          this.waiting = null;
          this.end();
          reject(new Error(event.message || "the checker could not start"));
        };
        this.worker.postMessage(message);
      });
    },

    async ask(request) {
      return JSON.parse(await this.post({ request: JSON.stringify(request) }, limit()));
    },

    end() {
      this.aborter?.abort();
      this.worker?.terminate();
      this.worker = null;
      if (this.waiting) {
        clearTimeout(this.waiting.timer);
        const { reject } = this.waiting;
        this.waiting = null;
        reject(new Error("stopped"));
      }
    },
  };

  // ---- Formulas

  const SHAPES = new Set(["svg", "g", "path", "rect", "line", "ellipse", "polygon", "text"]);
  const MARKS = new Set([
    "d", "transform", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "rx", "ry", "points", "width",
    "height", "viewBox", "fill", "stroke", "stroke-width", "stroke-dasharray", "font-family",
    "font-size", "font-style", "font-weight", "preserveAspectRatio",
  ]);

  // Keeps shapes and their measures, and nothing that could link, run, load or style.
  function harmless(element) {
    for (const child of [...element.children]) {
      if (SHAPES.has(child.localName)) harmless(child);
      else child.remove();
    }
    for (const { name, value } of [...element.attributes]) {
      if (!MARKS.has(name) || /url|:/i.test(value)) element.removeAttribute(name);
    }
    return element;
  }

  const typeset = {
    drawn: new Map(),
    starting: null,

    start() {
      this.starting ??= this.load().catch((error) => {
        this.starting = null;
        throw error;
      });
      return this.starting;
    },

    load() {
      if (window.MathJax?.tex2svg) return Promise.resolve();
      return new Promise((resolve, reject) => {
        window.MathJax = {
          loader: {
            load: [
              "core", "input/tex-base", "[tex]/ams", "[tex]/boldsymbol", "[tex]/braket",
              "[tex]/cancel", "[tex]/color", "[tex]/enclose", "[tex]/noundefined", "output/svg",
              "ui/safe",
            ],
          },
          // Without newcommand there is no macro to loop, without html and require no way out.
          tex: {
            packages: [
              "base", "ams", "boldsymbol", "braket", "cancel", "color", "enclose", "noundefined",
            ],
            tags: "none",
            maxBuffer: 8192,
            formatError: (_, error) => {
              throw error;
            },
          },
          svg: { fontCache: "none" },
          options: {
            safeOptions: {
              allow: { URLs: "none", classes: "none", cssIDs: "none", styles: "none" },
            },
          },
          startup: {
            typeset: false,
            ready() {
              MathJax.startup.defaultReady();
              MathJax.startup.promise.then(resolve, reject);
            },
          },
        };
        const script = make("script", { src: `${base}mathjax/startup.js`, async: true });
        script.onerror = () => reject(new Error("MathJax could not be loaded"));
        document.head.append(script);
      });
    },

    // A formula as a picture with a spoken name, or its source where it can't be drawn.
    formula(tex, spoken, display = false) {
      const key = `${display} ${tex}`;
      if (!this.drawn.has(key)) this.drawn.set(key, this.draw(tex, display));
      const made = this.drawn.get(key);
      if (!made) return make("code", { textContent: tex });
      const copy = made.cloneNode(true);
      copy.setAttribute("role", "img");
      copy.setAttribute("aria-label", spoken || tex);
      return copy;
    },

    draw(tex, display) {
      if (!tex || tex.length > 4000) return null;
      try {
        MathJax.texReset();
        const svg = MathJax.tex2svg(tex, { display }).querySelector("svg");
        const lift = /vertical-align:\s*(-?[\d.]+ex)/.exec(svg.getAttribute("style"))?.[1];
        harmless(svg);
        svg.style.verticalAlign = lift ?? "";
        return svg;
      } catch {
        return null;
      }
    },
  };

  // ---- The state of the page

  // What the reader chose for a symbol, and what the engine guessed last, by the symbol's head.
  let chosen = {};
  let hint = {};
  let latest = null;
  let wanted = false;
  let running = false;
  let timer = 0;

  function say(words, kind = "") {
    $("status").textContent = words;
    $("status").dataset.kind = kind;
  }

  function busy(now, share = null) {
    $("stop").hidden = !now;
    root.setAttribute("aria-busy", String(now));
    $("progress").hidden = share === null || share >= 1;
    if (share !== null) $("progress").value = share;
  }

  function progress(share, total) {
    busy(true, share);
    if (share >= 1) say("Starting Python …");
    else say(`Loading the checker: ${Math.round((share * total) / 1e6)} of ${Math.round(total / 1e6)} MB`);
  }

  function soon(wait = 300) {
    clearTimeout(timer);
    timer = setTimeout(check, wait);
  }

  async function check() {
    clearTimeout(timer);
    if (!parts) {
      say("This copy of the site has no checker.", "problem");
      return;
    }
    wanted = true;
    if (running) return;
    running = true;
    try {
      while (wanted && root.isConnected) {
        wanted = false;
        await engine.start(progress);
        const text = field.value;
        if (!text.trim()) {
          clear("");
          continue;
        }
        // A quick check needs no word about it.
        const slow = setTimeout(() => say("Checking …"), 250);
        busy(true);
        try {
          const answer = await engine.ask({ text, chosen, hint });
          if (!wanted) show(answer, text);
        } finally {
          clearTimeout(slow);
        }
      }
    } catch (error) {
      failed(error);
    } finally {
      running = false;
      busy(false);
    }
  }

  function failed(error) {
    const seconds = limit() / 1000;
    if (error.message === "stopped" || error.name === "AbortError") {
      clear("Stopped. Edit the text, or press Check, to go on.");
    } else if (error.message === "late") {
      clear(
        `This check was ended after ${seconds} seconds. Try the derivation in parts, or with ` +
          "fewer indices in one line.",
        "problem"
      );
    } else {
      engine.end();
      clear(`The checker broke off: ${error.message.trim().split("\n").pop()}`, "problem");
    }
  }

  function clear(words, kind) {
    latest = null;
    $("rows").hidden = true;
    $("symbols").hidden = true;
    say(words, kind);
  }

  // ---- Showing an answer

  function show(answer, text) {
    if (answer.problem) {
      clear(answer.problem, "problem");
      return;
    }
    latest = { ...answer, text };
    hint = Object.fromEntries(
      answer.symbols.filter((symbol) => symbol.guessed).map((symbol) => [symbol.head, symbol])
    );
    showSymbols(answer);
    $("rows").hidden = answer.rows.length === 0;
    $("copy").hidden = true;
    $("rows").querySelector("ol").replaceChildren(
      ...answer.rows.map((row, i) => shown(row, row.display !== answer.rows[i - 1]?.display))
    );
    say(...summary(answer.rows));
  }

  function summary(rows) {
    if (!rows.length) {
      return ["No relation found. A display needs an equals sign, or an inequality.", "problem"];
    }
    const count = (...verdicts) => rows.filter((row) => verdicts.includes(row.verdict)).length;
    const [fails, unknown, good] = [
      count("fails"), count("unknown"), count("holds", "definition", "follows", "waived"),
    ];
    if (!fails && !unknown) {
      return [rows.length === 1 ? "The line holds." : `All ${good} lines hold.`, "good"];
    }
    const read = unknown === 1 ? "one can’t be read" : `${unknown} can’t be read`;
    const lines = `${rows.length} line${rows.length === 1 ? "" : "s"}`;
    if (!fails) return [`Of ${lines}, ${read}.`, "problem"];
    const failing = fails === 1 ? "one fails" : `${fails} fail`;
    return [`Of ${lines}, ${failing}${unknown ? ` and ${read}` : ""}.`, "bad"];
  }

  function option(value, text, selected) {
    return make("option", { value, textContent: text, selected });
  }

  function shapes(symbol, axes) {
    const names = [...new Set([...axes, ...symbol.shape.map(String)])];
    const own = symbol.shape.join(",");
    const all = [
      ["", "number"],
      ...names.map((a) => [a, `vector [${a}]`]),
      ...names.flatMap((a) => names.map((b) => [`${a},${b}`, `matrix [${a}, ${b}]`])),
    ];
    if (!all.some(([value]) => value === own)) all.push([own, `array [${symbol.shape.join(", ")}]`]);
    return all.map(([value, text]) => option(value, text, value === own));
  }

  function showSymbols({ symbols, axes }) {
    $("symbols").hidden = symbols.length === 0;
    $("symbols").querySelector("ul").replaceChildren(
      ...symbols.map((symbol) => {
        const shape = make("select", {}, ...shapes(symbol, axes));
        const domain = make(
          "select",
          {},
          ...DOMAINS.filter(
            ([value]) => symbol.shape.length || !["simplex", "onehot"].includes(value) || value === symbol.domain
          ).map(([value, text]) => option(value, text, value === symbol.domain))
        );
        shape.setAttribute("aria-label", `shape of ${symbol.head}`);
        domain.setAttribute("aria-label", `values of ${symbol.head}`);
        const choose = () => {
          const axes = shape.value ? shape.value.split(",") : [];
          let values = domain.value;
          if (!axes.length && ["simplex", "onehot"].includes(values)) values = "real";
          chosen[symbol.head] = {
            shape: axes.map((axis) => (/^\d+$/.test(axis) ? Number(axis) : axis)),
            domain: values,
          };
          check();
        };
        shape.addEventListener("change", choose);
        domain.addEventListener("change", choose);
        const made = make(
          "li",
          {},
          make("span", { className: "check-symbol" }, typeset.formula(symbol.tex, symbol.head)),
          shape,
          domain
        );
        if (symbol.guessed) {
          made.append(
            make("span", { className: "check-why", textContent: symbol.why || "a guess" })
          );
        } else if (symbol.head in chosen) {
          const back = make("button", { type: "button", textContent: "guess again" });
          back.setAttribute("aria-label", `guess ${symbol.head} again`);
          back.addEventListener("click", () => {
            delete chosen[symbol.head];
            hint = {};
            check();
          });
          made.append(make("span", { className: "check-why" }, "your choice, ", back));
        }
        return made;
      })
    );
  }

  function shown(row, first) {
    const verdict = row.meant ? "fails on purpose" : VERDICTS[row.verdict];
    const spoken = `${row.left} ${row.relation} ${row.right}`;
    const tex = first || !/^\s*(=|\\[a-z]*eq\b)/.test(row.tex) ? row.tex : `{} ${row.tex}`;
    const formula = make(
      "div",
      { className: "check-formula formula" },
      row.tex ? typeset.formula(tex, spoken, true) : make("code", { textContent: spoken })
    );
    formula.tabIndex = 0;
    formula.setAttribute("role", "group");
    formula.setAttribute("aria-label", "formula, may scroll sideways");
    const item = make(
      "li",
      { className: first ? "check-first" : "" },
      formula,
      make("span", { className: "check-verdict", textContent: verdict })
    );
    item.dataset.verdict = row.verdict;
    const details = [...explained(row)];
    if (details.length) item.append(make("div", { className: "check-details" }, ...details));
    return item;
  }

  function* explained(row) {
    if (row.needs.length && row.verdict !== "fails") {
      yield make("p", { className: "check-needs", textContent: `leans on ${row.needs.join(", ")}` });
    }
    if (row.witness) yield witness(row.witness);
    if (row.reason) yield make("p", { textContent: row.reason });
    if (row.caret?.here) {
      const { before, here, after } = row.caret;
      yield make("pre", { tabIndex: 0 }, make("code", {}, before, make("mark", { textContent: here }), after));
    }
    if (row.repair) yield repair(row.repair);
    for (const warning of row.warnings) {
      yield make("p", { className: "check-needs", textContent: `note: ${warning}` });
    }
    if (row.at !== null && ["fails", "unknown"].includes(row.verdict)) {
      const find = make("button", { type: "button", className: "check-find", textContent: "show in the text" });
      find.addEventListener("click", () => {
        if (!latest || field.value !== latest.text) return;
        const end = field.value.indexOf("\n", row.at);
        field.focus();
        field.setSelectionRange(row.at, end < 0 ? field.value.length : end);
      });
      yield find;
    }
  }

  function witness({ given, left, right }) {
    return make(
      "div",
      { className: "check-witness" },
      make("p", { textContent: given.length ? `At ${given.join(", ")}:` : "The two sides:" }),
      make(
        "dl",
        {},
        make("div", {}, make("dt", { textContent: "left" }), make("dd", { textContent: left })),
        make("div", {}, make("dt", { textContent: "right" }), make("dd", { textContent: right }))
      )
    );
  }

  function repair({ words, at, end, old, new: replacement }) {
    const said = make("p", { className: "check-repair" });
    // The engine sets code between backticks.
    (words[0].toUpperCase() + words.slice(1)).split("`").forEach((part, i) => said.append(i % 2 ? make("code", { textContent: part }) : part));
    if (at !== undefined) {
      const apply = make("button", { type: "button", className: "check-apply", textContent: "Apply" });
      apply.addEventListener("click", () => {
        if (field.value.slice(at, end) !== old) return;
        field.setRangeText(replacement, at, end, "end");
        check();
      });
      said.append(" ", apply);
    }
    return said;
  }

  // ---- Sharing

  const MOST = 300000;

  async function squeezed(value) {
    const stream = new Blob([JSON.stringify(value)]).stream().pipeThrough(new CompressionStream("deflate-raw"));
    const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
    let binary = "";
    for (const byte of bytes) binary += String.fromCharCode(byte);
    return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  }

  async function opened(code) {
    const binary = atob(code.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (c) => c.charCodeAt(0));
    const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
    const chunks = [];
    let size = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      if (size > MOST) throw new Error("too long");
      chunks.push(value);
    }
    return JSON.parse(await new Blob(chunks).text());
  }

  async function copied(text, said) {
    try {
      await navigator.clipboard.writeText(text);
      $("copy").hidden = true;
      say(said);
    } catch {
      $("copy").hidden = false;
      $("copy").value = text;
      $("copy").select();
      say("The browser would not copy it. It stands below, selected.");
    }
  }

  async function restore() {
    const code = /^#check-([\w-]+)$/.exec(location.hash)?.[1];
    if (!code) return;
    try {
      const { text, chosen: choices } = await opened(code);
      field.value = String(text);
      chosen = {};
      for (const [head, entry] of Object.entries(choices ?? {})) {
        if (Array.isArray(entry?.shape) && typeof entry.domain === "string") {
          chosen[head] = { shape: entry.shape, domain: entry.domain };
        }
      }
      say("A derivation someone shared. Press Check.");
    } catch {
      say("The link does not hold a derivation, or not all of it.", "problem");
    }
  }

  $("share").addEventListener("click", async () => {
    if (!latest) return;
    const code = await squeezed({ text: field.value, chosen });
    history.replaceState(history.state, "", `#check-${code}`);
    await copied(location.href, "The link is copied. It holds the derivation itself; no server does.");
  });

  $("report").addEventListener("click", () => {
    if (!latest) return;
    const where = location.href.split("#")[0];
    copied(`${latest.report}\nChecked with Workings, ${where}\n`, "The report is copied.");
  });

  $("download").addEventListener("click", () => {
    if (!latest) return;
    const address = URL.createObjectURL(new Blob([latest.markdown], { type: "text/markdown" }));
    const link = make("a", { href: address, download: "derivation.md" });
    root.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
    say("Saved. Check it with python -m workings check derivation.md");
  });

  // ---- What the reader does

  let data = null;
  const examples = async () =>
    (data ??= await (await fetch(`${base}examples.json`)).json());

  $("examples").addEventListener("change", async ({ target }) => {
    const name = target.value;
    if (!name) return;
    const { text, symbols } = (await examples()).examples.find((example) => example.name === name);
    field.value = text;
    chosen = { ...symbols };
    hint = {};
    target.value = "";
    check();
  });

  for (const button of root.querySelectorAll("[data-setup]")) {
    button.addEventListener("click", async () => {
      const { text, symbols } = (await examples()).setups[Number(button.dataset.setup)];
      if (!field.value.startsWith(text)) {
        const old = field.value.trim();
        const bare = old && !/\$|\\\[|\\\(/.test(old);
        const begun = bare ? text.replaceAll("$$", "").trim() : text.trim();
        field.value = old ? `${begun}\n\n${old}` : `${text}\n\n`;
        field.focus();
      }
      chosen = { ...chosen, ...symbols };
      hint = {};
      check();
    });
  }

  field.addEventListener("input", () => soon());
  $("run").addEventListener("click", check);
  $("stop").addEventListener("click", () => {
    wanted = false;
    engine.end();
  });
  addEventListener("hashchange", restore);
  restore();
})();
