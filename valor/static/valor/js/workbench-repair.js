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
  const texts = Object.entries(JSON.parse(button.value));
  const repaired = texts.map(([name, text]) => [inputOf(button.form.elements, name), text]);
  if (!repaired.every(([input]) => input)) return; // what has no input here is sent with the form
  event.preventDefault();
  for (const [input, text] of repaired) input.value = text;
  const [[first]] = repaired;
  first.focus();
  first.dispatchEvent(new Event("input", { bubbles: true }));
});
