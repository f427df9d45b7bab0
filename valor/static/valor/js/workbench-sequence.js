// Counts the edits of this tab, so that answers and saves overtaking each other can be told apart.
const form = document.querySelector("#workbench");
const sequence = form.elements.namedItem("sequence");

function count() {
  sequence.value = Number(sequence.value) + 1;
}

// Capturing: the number has moved before htmx hears of the edit.
form.addEventListener("input", count, { capture: true });

form.addEventListener("submit", (event) => {
  count();
  // Enter in a field saves like any edit, without leaving the page.
  if (!event.submitter?.matches("[data-save]")) return;
  event.preventDefault();
  form.dispatchEvent(new Event("input", { bubbles: true }));
});
