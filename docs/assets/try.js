// Numbers of the reader's own: inputs in, the published rows out, drawn once a frame at most.
const TALL = 90;
const BASE = TALL + 8;

const shown = (value) =>
  value === null || !Number.isFinite(value)
    ? "·"
    : value.toFixed(4).replace(/^-(0\.0000)$/, "$1").replace("-", "−");

const flat = (values) => (Array.isArray(values) ? values.flat(Infinity) : [values]);

const differ = (a, b) =>
  a !== null && b !== null && !(Math.abs(a - b) <= 5e-9 * Math.max(1, Math.abs(a), Math.abs(b)));

const put = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

const place = (inputs, name, at, value) => {
  if (at.length === 0) {
    inputs[name] = value;
    return;
  }
  const row = at.slice(0, -1).reduce((part, k) => part[k], inputs[name]);
  row[at.at(-1)] = value;
};

/** The value that one control stands for. */
const valued = (control) => {
  const chosen = Number(control.value);
  const size = Number(control.dataset.hot ?? 0);
  return size ? Array.from({ length: size }, (_, k) => Number(k === chosen)) : chosen;
};

const start = async (box) => {
  const given = JSON.parse(box.querySelector("script").textContent);
  const rows = await import(new URL(`rows/${given.rows}.js`, import.meta.url));
  const chain = rows.chains.find((one) => one.display === given.display && one.line === given.line);
  const cells = [...box.querySelectorAll("tbody tr")].map((line) =>
    [...line.querySelectorAll("td + td")].map((cell) => [...cell.children]),
  );
  const bars = given.bars.map((_, k) => [...box.querySelectorAll(`.chart .b${k + 1}`)]);
  const value = box.querySelector(".value output");
  const called = box.querySelector(".value math")?.textContent;
  const status = box.querySelector("[role=status]");
  const keys = [...box.querySelectorAll(".keys li math")].map((key) => key.textContent);
  let asked = 0;
  let quiet = 0;

  const draw = () => {
    asked = 0;
    const world = rows.world(given.inputs, given.sizes);
    const sides = chain.sides.map((side) => flat(side(world)));
    sides.forEach((side, k) => {
      const columns = cells[k];
      side.forEach((x, at) => {
        const cell = columns[at % columns.length][Math.floor(at / columns.length)];
        put(cell, shown(x));
        cell.classList.toggle("off", k > 0 && differ(sides[k - 1][at], x));
      });
    });
    const series = given.bars.map(([kind, name]) => {
      if (kind === "side") return sides[name];
      return flat(kind === "input" ? given.inputs[name] : rows.symbols[name](world));
    });
    series.forEach((part, k) =>
      part.forEach((x, at) => {
        const reach = Math.max(-1, Math.min(1, x)) * TALL || 0;
        bars[k][at].setAttribute("y", BASE - Math.max(reach, 0));
        bars[k][at].setAttribute("height", Math.abs(reach));
      }),
    );
    const number = value && rows.symbols[given.value](world);
    if (value) put(value, shown(number));
    // A reader who listens hears the outcome once the numbers have come to rest.
    clearTimeout(quiet);
    quiet = setTimeout(() => {
      const words = series.map((part, k) => `${keys[k]}: ${part.map(shown).join(", ")}`);
      if (value) words.push(`${called}: ${shown(number)}`);
      put(status, words.join("; "));
    }, 800);
  };

  box.addEventListener("input", ({ target }) => {
    const at = target.dataset.at === "" ? [] : target.dataset.at.split(" ").map(Number);
    place(given.inputs, target.dataset.input, at, valued(target));
    const beside = target.parentElement.querySelector("output");
    if (beside) put(beside, Number(target.value).toFixed(2).replace("-", "−"));
    asked ||= requestAnimationFrame(draw);
  });
  box.dataset.on = "ready";
};

const near = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      start(target);
    }
  },
  { rootMargin: "50%" },
);

for (const box of document.querySelectorAll(".try")) near.observe(box);
