// The explorer without reloading the page: what is chosen is shown at once, and the chart answers to being pointed at.
// Without JavaScript the form is sent as usual, and the chart is a drawing.
"use strict";

const SLOW = 300;

function place() {
  return document.getElementById("exploration");
}

function address(form) {
  const parameters = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (value !== "") parameters.append(name, value);
  }
  return `${form.getAttribute("action")}?${parameters}`;
}

let asked = 0;

async function show(url, remember) {
  const number = ++asked;
  const shown = place();
  const status = document.getElementById("explore-status");
  const slow = setTimeout(() => {
    shown.classList.add("waiting");
    status.textContent = shown.dataset.waiting;
  }, SLOW);
  try {
    const answer = await fetch(url, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.getElementById("exploration");
    if (number !== asked) return;
    if (!found) throw new Error(answer.statusText);
    replace(shown, found, page);
    if (remember) history.pushState(null, "", found.dataset.address);
  } catch {
    if (number === asked) status.textContent = shown.dataset.failed;
  } finally {
    clearTimeout(slow);
    if (number === asked) shown.classList.remove("waiting");
  }
}

function replace(shown, found, page) {
  const focused = document.activeElement;
  const name = focused && shown.contains(focused) ? focused.name : "";
  const value = focused ? focused.value : "";
  const opened = [...shown.querySelectorAll(".explorer details")].map((details) => details.open);
  shown.replaceChildren(...found.childNodes);
  shown.querySelectorAll(".explorer details").forEach((details, at) => { details.open = Boolean(opened[at]); });
  document.title = page.title;
  const language = page.querySelector(".language");
  if (language) document.querySelector(".language").href = language.getAttribute("href");
  if (name) {
    const same = [...shown.querySelectorAll(`[name="${CSS.escape(name)}"]`)];
    const again = same.find((control) => control.value === value) || same[0];
    if (again) again.focus({ preventScroll: true });
  }
  document.dispatchEvent(new CustomEvent("ytemo:shown"));
  begin();
}

function begin() {
  const form = document.getElementById("explore-form");
  if (!form) return;
  form.addEventListener("change", () => show(address(form), true));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show(address(form), true);
  });
  for (const link of document.querySelectorAll("#numbers thead a")) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      show(link.getAttribute("href"), true);
    });
  }
  // Its programs come after everything that is needed to read the page.
  if (document.readyState === "complete") enliven();
  else addEventListener("load", enliven, { once: true });
}

// The interactive chart --------------------------------------------------------------------------------------------

let loading = null;

function load(source) {
  return new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = source;
    script.onload = done;
    script.onerror = failed;
    document.head.append(script);
  });
}

function libraries() {
  const { vega, vegaLite, interpreter } = place().dataset;
  loading ||= load(vega).then(() => Promise.all([load(vegaLite), load(interpreter)]));
  return loading;
}

async function enliven() {
  const figure = document.querySelector("figure.drawn");
  if (!figure || matchMedia("(max-width: 46rem)").matches) return;
  const picture = figure.querySelector("picture");
  try {
    const [answer] = await Promise.all([fetch(figure.dataset.drawing), libraries()]);
    if (!answer.ok) return;
    const description = await answer.json();
    if (!figure.isConnected) return;
    await draw(figure, picture, description);
  } catch {
    // The drawing stays.
  }
}

async function draw(figure, picture, description) {
  const compiled = vegaLite.compile(description, { logger: vega.logger(vega.Error) }).spec;
  const { embedOptions, definitions } = description.usermeta;
  const runtime = vega.parse(compiled, { locale: { number: embedOptions.formatLocale } }, { ast: true });
  const holder = document.createElement("div");
  holder.className = "live";
  holder.setAttribute("role", "img");
  holder.setAttribute("aria-label", picture.querySelector("img").alt);
  const forbidden = { load: () => Promise.reject(new Error("nothing is loaded")) };
  const view = new vega.View(runtime, {
    expr: vega.expressionInterpreter,
    renderer: "svg",
    container: holder,
    hover: true,
    loader: forbidden,
    tooltip: tooltip(figure),
  });
  await view.runAsync();
  if (definitions) fill(holder.querySelector("svg"), definitions);
  // Told by the label of the holder, and cell by cell by the table.
  holder.firstElementChild.setAttribute("aria-hidden", "true");
  picture.hidden = true;
  picture.querySelector(".live")?.remove();  // Its fills would be those that are found first, and are not drawn.
  figure.append(holder);
}

function fill(drawing, definitions) {
  const source = `<svg xmlns="http://www.w3.org/2000/svg">${definitions}</svg>`;
  drawing.prepend(...new DOMParser().parseFromString(source, "image/svg+xml").documentElement.childNodes);
}

function tooltip(figure) {
  const note = document.createElement("p");
  note.className = "pointed";
  note.hidden = true;
  figure.append(note);
  return (_handler, event, _item, value) => {
    note.hidden = !value;
    note.textContent = value ? String(value) : "";
    if (!value) return;
    const box = figure.getBoundingClientRect();
    const left = Math.min(event.clientX - box.left + 12, Math.max(0, box.width - note.offsetWidth));
    note.style.left = `${left}px`;
    note.style.top = `${event.clientY - box.top + 16}px`;
  };
}

addEventListener("popstate", () => show(location.href, false));
begin();
