// Single keys: an element with data-key="t" is clicked by t; a field with data-key="/" takes the focus.
const FIELDS = "input, select, textarea, [contenteditable], [role=slider], [role=listbox]";

function shown(element) {
  return element.getClientRects().length > 0;
}

function focus(field) {
  field.closest("details:not([open])")?.setAttribute("open", "");
  field.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key.length !== 1 || event.target.closest?.(FIELDS)) return;
  const named = [...document.querySelectorAll(`[data-key="${CSS.escape(event.key)}"]`)];
  // The bar's menu holds a second copy of its buttons: prefer the one in sight, a folded one works as well.
  const target = named.find(shown) ?? named[0];
  if (!target) return;
  event.preventDefault();
  if (target.matches(FIELDS)) focus(target);
  else target.click();
});
