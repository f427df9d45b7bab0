// A repair button carries the texts that cure its error, as JSON: they are typed in as if by hand.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-repair]");
  if (!button) return;
  event.preventDefault();
  const { elements } = button.form;
  const repaired = Object.entries(JSON.parse(button.value)).map(([name, text]) => {
    const input = elements.namedItem(name);
    if (input) input.value = text;
    return input;
  });
  const first = repaired.find(Boolean);
  first?.focus();
  first?.dispatchEvent(new Event("input", { bubbles: true }));
});
