// Copy buttons, hidden without JavaScript, where text can be selected as usual; charts in the letters of the page; and
// folded parts in older browsers.
"use strict";

function copyable() {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("button[data-copy][hidden]")) {
    const label = button.firstChild;
    const before = label.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copy);
      try {
        await navigator.clipboard.writeText(source.textContent);
        label.textContent = button.dataset.done;
        setTimeout(() => { label.textContent = before; }, 2000);
      } catch {
        // The browser refused: select the text, so that the keys for copying work.
        getSelection().selectAllChildren(source);
      }
    });
  }
}

// What drawings are made of. With anything else in it, such as a script or a link, a drawing stays an image.
const PARTS = "svg, g, path, line, rect, circle, ellipse, polygon, polyline, text, tspan, title, desc, defs, pattern, " +
  "clipPath, linearGradient, stop";

// A drawing in an img has only the letters that are installed. It is taken from where the browser keeps it.
async function letter(image) {
  if (image.dataset.lettered === image.currentSrc) return;
  image.dataset.lettered = image.currentSrc;
  try {
    const answer = await fetch(image.currentSrc, { cache: "force-cache" });
    // The sheet of the page has its colours for the dark, and a style of its own would not be allowed.
    const source = (await answer.text()).replace(/<style>[^<]*<\/style>/, "");
    const drawing = new DOMParser().parseFromString(source, "image/svg+xml").documentElement;
    if (!answer.ok || drawing.localName !== "svg" || drawing.querySelector(`:not(${PARTS})`)) return;
    // It is one image with one text; of its parts each would have to have a name of its own.
    drawing.querySelectorAll("title, desc").forEach((each) => each.remove());
    for (const part of drawing.querySelectorAll("*")) {
      for (const name of ["role", "aria-roledescription", "aria-label"]) part.removeAttribute(name);
    }
    drawing.removeAttribute("aria-labelledby");
    drawing.setAttribute("aria-label", image.alt);
    const holder = document.createElement("div");
    holder.className = "live";
    holder.append(drawing);
    if (image.parentElement.hidden) return;
    image.nextElementSibling?.remove();
    image.hidden = true;
    image.after(holder);
  } catch {
    // The image stays.
  }
}

function lettered() {
  for (const image of document.querySelectorAll("figure.chart img")) {
    image.addEventListener("load", () => letter(image));
    if (image.complete && image.naturalWidth) letter(image);
  }
}

function shown() {
  copyable();
  lettered();
}

shown();
document.addEventListener("ytemo:shown", shown);

// Browsers of today open folded parts by themselves: for the address of something inside, and on paper.
function unfold() {
  const target = document.getElementById(location.hash.slice(1));
  for (let each = target?.closest("details"); each; each = each.parentElement.closest("details")) {
    each.open = true;
  }
  target?.scrollIntoView();
}

if (!CSS.supports("selector(::details-content)")) {
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll(":is(.roomy, .note):not([open])")];
    for (const each of closed) each.open = true;
  });
  addEventListener("afterprint", () => { for (const each of closed) each.open = false; });
  addEventListener("hashchange", unfold);
  if (location.hash) unfold();
}
