// A method shows the inputs it needs and hides those of the others; what is hidden is sent along and kept.
function show({ name, value }) {
  for (const row of document.querySelectorAll(`[data-for="${name}"]`)) {
    row.hidden = !row.dataset.choices.split(" ").includes(value);
  }
}

document.addEventListener("input", ({ target }) => target.matches?.("select[data-shows]") && show(target));
// Also what was chosen before this script was there.
document.querySelectorAll("select[data-shows]").forEach(show);
