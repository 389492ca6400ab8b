// Copy buttons, hidden without JavaScript, where text can be selected as usual; and folded parts in older browsers.
"use strict";

if (navigator.clipboard) {
  for (const button of document.querySelectorAll("button[data-copy]")) {
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
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const each of closed) each.open = true;
  });
  addEventListener("afterprint", () => { for (const each of closed) each.open = false; });
  addEventListener("hashchange", unfold);
  if (location.hash) unfold();
}
