// A method shows the inputs it needs and hides those of the others; what is hidden is sent along and kept.
document.addEventListener("input", ({ target }) => {
  if (!target.matches?.("select[data-shows]")) return;
  for (const row of document.querySelectorAll(`[data-for="${target.name}"]`)) {
    row.hidden = !row.dataset.choices.split(" ").includes(target.value);
  }
});
