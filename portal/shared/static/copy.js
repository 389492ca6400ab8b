// Copy buttons. Without JavaScript they stay hidden, and the text can be selected as usual.
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
