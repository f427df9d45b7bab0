// A repair button carries the texts that cure its error, as JSON: they are typed in as if by hand.
const NAMED = /^factor\.(lower|upper):(.+)$/s;

// A factor's limit is named by the factor: columns keep their places while others are emptied.
function inputOf(elements, name) {
  const [, end, factor] = NAMED.exec(name) ?? [];
  if (!end) return elements.namedItem(name);
  const column = [...elements].find((input) => /^factor\.\d+\.name$/.test(input.name) && input.value.trim() === factor);
  return column && elements.namedItem(column.name.replace(/name$/, end));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-repair]");
  if (!button) return;
  event.preventDefault();
  const { elements } = button.form;
  const repaired = Object.entries(JSON.parse(button.value)).map(([name, text]) => {
    const input = inputOf(elements, name);
    if (input) input.value = text;
    return input;
  });
  const first = repaired.find(Boolean);
  first?.focus();
  first?.dispatchEvent(new Event("input", { bubbles: true }));
});
