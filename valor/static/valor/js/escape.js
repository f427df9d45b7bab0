// Escape closes what was opened around the focus and gives the focus back; a menu also closes when it is left.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
  const opened = event.target.closest?.("details[open]");
  if (!opened) return;
  event.preventDefault();
  opened.open = false;
  opened.querySelector("summary").focus();
});

function leave(target) {
  for (const menu of document.querySelectorAll(".menu[open]")) if (target instanceof Node && !menu.contains(target)) menu.open = false;
}

document.addEventListener("focusin", ({ target }) => leave(target));
document.addEventListener("pointerdown", ({ target }) => leave(target));
