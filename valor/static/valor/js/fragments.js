// The moving parts of a page. They are morphed, so that focus, selection and what was opened or typed stay.
const shown = new Map();
// By then the scripts of the page have run, that of its charts as well, or never will.
const parsed = new Promise((done) => document.addEventListener("DOMContentLoaded", done));

export async function put(fragments) {
  for (const [name, html] of Object.entries(fragments)) {
    const target = document.querySelector(`[data-fragment="${name}"]`);
    if (!target || shown.get(name) === html) continue;
    await window.htmx.swap({ text: html, target, swap: "innerMorph", sourceElement: target });
    shown.set(name, html);
  }
}

export async function draw(charts, marks) {
  await parsed;
  if (!customElements.get("time-chart")) return; // the rest of the page goes on without
  for (const [slug, figures] of Object.entries(charts)) {
    const chart = document.getElementById(`chart-${slug}`);
    if (chart) chart.figures = { marks, ...figures };
  }
}
