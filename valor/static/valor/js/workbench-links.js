// A figure of a formula leads to its input: the closed group around it opens first.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.('a[href^="#"]');
  const group = link && document.getElementById(link.hash.slice(1))?.closest("details");
  if (group) group.open = true;
});

// A figure of the yearly table opens its year's formulas, as the heading above it does.
document.addEventListener("click", (event) => {
  const cell = event.target.closest?.(".yearly td");
  if (cell) cell.closest("table").querySelectorAll("thead a")[cell.cellIndex - 1].click();
});
