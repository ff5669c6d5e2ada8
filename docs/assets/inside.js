// Looking inside a formula: what a symbol means, which line of code computes a row, and, where
// a page has sliders, the numbers. Everything here is also on the page without a script.
const FINE = 3;
const COARSE = 12;

/* Symbols */

const note = document.createElement("div");
note.className = "note md-typeset";
note.id = "note";
note.setAttribute("role", "tooltip");
note.hidden = true;

let leaving = 0;
let asked = null;

const entry = (number) => document.querySelector(`#symbols [data-symbol="${number}"]`);

const symbols = (within) => [...within.querySelectorAll('svg [class^="sy"]')];

const numberOf = (part) => Number.parseInt(part.getAttribute("class").slice(2), 10);

const near = (box, x, y) =>
  Math.hypot(Math.max(box.left - x, 0, x - box.right), Math.max(box.top - y, 0, y - box.bottom));

/** The symbol at a point of a formula, or so close that it must be meant. */
const symbolAt = (formula, x, y, slack) => {
  let found = null;
  let least = slack;
  for (const symbol of symbols(formula)) {
    const away = near(symbol.getBoundingClientRect(), x, y);
    if (away <= least) [found, least] = [symbol, away];
  }
  return found;
};

const fill = (box, number) => {
  const { children } = entry(number);
  const head = document.createElement("div");
  const text = document.createElement("div");
  head.append(...[...children[0].childNodes].map((part) => part.cloneNode(true)));
  text.append(...[...children[1].childNodes].map((part) => part.cloneNode(true)));
  box.append(head, text);
};

const unlight = (kind) => {
  for (const lit of document.querySelectorAll(`.${kind}`)) lit.classList.remove(kind);
};

const hide = () => {
  clearTimeout(leaving);
  asked = null;
  note.hidden = true;
  unlight("asked");
};

const hideSoon = () => {
  clearTimeout(leaving);
  leaving = setTimeout(hide, 180);
};

const show = (formula, symbol) => {
  clearTimeout(leaving);
  if (asked === symbol) return;
  const number = numberOf(symbol);
  if (!entry(number)) return;
  hide();
  asked = symbol;
  note.replaceChildren();
  fill(note, number);
  for (const same of symbols(formula)) {
    same.classList.toggle("asked", numberOf(same) === number);
  }
  note.hidden = false;
  const box = symbol.getBoundingClientRect();
  const room = document.documentElement.clientWidth - note.offsetWidth - 8;
  const left = Math.max(8, Math.min(room, box.left + box.width / 2 - note.offsetWidth / 2));
  const below = box.bottom + 8 + note.offsetHeight < innerHeight;
  const top = below ? box.bottom + 8 : box.top - 8 - note.offsetHeight;
  note.style.left = `${left + scrollX}px`;
  note.style.top = `${top + scrollY}px`;
};

const formulaOf = (target) => target.closest?.(".display > .scroll, .formula:not(#note *)");

/** Opens a button's list, made the first time: a page has many, and most stay shut. */
const openList = (button) => {
  button.setAttribute("aria-expanded", "true");
  if (button.nextElementSibling) {
    button.nextElementSibling.hidden = false;
    return;
  }
  const list = document.createElement("div");
  list.className = "note list";
  for (const number of new Set(symbols(button.parentElement).map(numberOf))) {
    const row = document.createElement("div");
    fill(row, number);
    list.append(row);
  }
  button.after(list);
};

const closeLists = () => {
  for (const button of document.querySelectorAll(".ask[aria-expanded=true]")) {
    button.setAttribute("aria-expanded", "false");
    button.nextElementSibling.hidden = true;
  }
};

/* Code in step */

const steps = (display) => document.querySelectorAll(`code[data-steps="${display.dataset.steps}"] .step`);

/** The boxes of the sides of a display's chain, by their number. */
const sides = (display) => {
  const relations = [...display.querySelectorAll('.scroll > svg [class^="re"]')];
  const svg = display.querySelector(".scroll > svg");
  const rows = [...svg.querySelectorAll("[data-row]")];
  const places = relations.map((relation) => {
    const own = relation.closest("[data-row]");
    const box = relation.getBoundingClientRect();
    return { number: numberOf(relation), left: box.left, row: rows.indexOf(own) };
  });
  const boxOf = (row) => (row < 0 ? svg : rows[row]).getBoundingClientRect();
  const found = new Map();
  places.forEach(({ number, left, row }, k) => {
    const next = places[k + 1];
    const last = next ? Math.max(row, next.row - 1) : rows.length - 1;
    const [first, end] = [boxOf(row), boxOf(last)];
    const right = next?.row === row ? next.left : Math.max(first.right, end.right);
    found.set(number, { left, right, top: first.top, bottom: end.bottom });
    if (k === 0 && left - first.left > 4) {
      found.set(number - 1, { left: first.left, right: left, top: first.top, bottom: first.bottom });
    }
  });
  return found;
};

const sideAt = (display, x, y) => {
  for (const [side, box] of sides(display)) if (near(box, x, y) <= 4) return side;
  return null;
};

let lit = "";

const unlightSteps = () => {
  if (!lit) return;
  lit = "";
  unlight("lit");
  for (const beam of document.querySelectorAll(".beam")) beam.remove();
};

const light = (display, numbers) => {
  const key = `${display.id} ${numbers}`;
  if (key === lit) return;
  unlightSteps();
  lit = key;
  for (const step of steps(display)) {
    step.classList.toggle("lit", numbers.includes(Number(step.dataset.step)));
  }
  const scroll = display.querySelector(".scroll");
  const origin = scroll.getBoundingClientRect();
  for (const [side, box] of sides(display)) {
    if (!numbers.includes(side)) continue;
    const beam = document.createElement("span");
    beam.className = "beam";
    beam.style.left = `${box.left - origin.left + scroll.scrollLeft - 3}px`;
    beam.style.top = `${box.top - origin.top - 2}px`;
    beam.style.width = `${box.right - box.left + 6}px`;
    beam.style.height = `${box.bottom - box.top + 4}px`;
    scroll.prepend(beam);
  }
};

const displayOf = (step) => {
  const name = step.closest("code").dataset.steps;
  return [...document.querySelectorAll(".display")].find((one) => one.dataset.steps === name);
};

/** Lights what belongs to an element or a point; says whether anything does. */
const pointAt = (target, x, y) => {
  const step = target.closest?.(".step");
  if (step) {
    light(displayOf(step), [Number(step.dataset.step)]);
    return true;
  }
  const display = target.closest?.(".display[data-steps]");
  if (!display) return false;
  const mark = target.closest(".row[data-link] > summary");
  if (mark) {
    const links = mark.parentElement.dataset.link.split(" ").map(Number);
    light(display, links[0] === 1 ? [0, ...links] : links);
    return true;
  }
  if (!target.closest(".scroll") || x === undefined) return false;
  const side = sideAt(display, x, y);
  if (side === null) return false;
  light(display, [side]);
  return true;
};

/* What the reader does */

document.addEventListener("pointermove", ({ target, clientX, clientY, pointerType }) => {
  if (pointerType === "touch") return;
  const formula = formulaOf(target);
  const symbol = formula && symbolAt(formula, clientX, clientY, FINE);
  if (symbol) show(formula, symbol);
  else if (asked && !note.contains(target)) hideSoon();
  else clearTimeout(leaving);
  if (!pointAt(target, clientX, clientY) && !document.activeElement.matches(".step")) unlightSteps();
});

document.addEventListener("click", ({ target, clientX, clientY, pointerType }) => {
  const button = target.closest(".ask");
  const opening = button?.getAttribute("aria-expanded") === "false";
  closeLists();
  if (button) {
    if (opening) openList(button);
    hide();
    return;
  }
  if (note.contains(target)) return;
  const formula = formulaOf(target);
  const symbol = formula && symbolAt(formula, clientX, clientY, pointerType === "mouse" ? FINE : COARSE);
  if (symbol) show(formula, symbol);
  else hide();
  if (!pointAt(target, clientX, clientY)) unlightSteps();
});

document.addEventListener("focusin", ({ target }) => {
  if (!pointAt(target)) unlightSteps();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const button = document.querySelector(".ask[aria-expanded=true]");
    if (button?.parentElement.contains(document.activeElement)) button.focus();
    closeLists();
    hide();
    unlightSteps();
    return;
  }
  const step = event.target.closest?.(".step");
  const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !way) return;
  event.preventDefault();
  const all = [...step.closest("code").querySelectorAll(".step")];
  const next = all[all.indexOf(step) + way];
  if (!next) return;
  step.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
});

document.body.append(note);
if (document.querySelector(".try")) import("./try.js");
