// The moving parts of a page. They are morphed, so that focus, selection and what was opened or typed stay.
const shown = new Map();

export async function put(fragments) {
  for (const [name, html] of Object.entries(fragments)) {
    const target = document.querySelector(`[data-fragment="${name}"]`);
    if (!target || shown.get(name) === html) continue;
    shown.set(name, html);
    await window.htmx.swap({ text: html, target, swap: "innerMorph", sourceElement: target });
  }
}

export async function draw(charts, marks) {
  await customElements.whenDefined("time-chart");
  for (const [slug, figures] of Object.entries(charts)) {
    const chart = document.getElementById(`chart-${slug}`);
    if (chart) chart.figures = { marks, ...figures };
  }
}
