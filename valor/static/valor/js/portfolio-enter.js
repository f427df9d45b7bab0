// Enter in the name of a result keeps it, and in the rules of a backtest runs it: what their own button does, not the form's.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches?.("[data-enters] input")) return;
  event.preventDefault();
  event.target.closest("[data-enters]").querySelector("[formaction]").click();
});
