// What a chart asks of the page's view of time (chart-view.js): an event that bubbles up to it. Where a page has no
// view, as beside an alert, its charts can't be zoomed.
export function ask(chart, what, detail = null) {
  chart.dispatchEvent(new CustomEvent(`chart-${what}`, { bubbles: true, detail }));
}

export function zoomable(chart) {
  return chart.closest("[data-zoomable]") !== null;
}
