// An alert's page: its moving part polls as the jobs' does; the chart around the firing is fetched beside it.
import "./chart.js";
import "./jobs.js";

const [EVERY, PATIENCE] = [30_000, 8000];
const around = document.querySelector("#around");

async function draw() {
  if (document.hidden) return;
  const answer = await fetch(around.dataset.source, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) }).catch(() => null);
  if (!answer?.ok) return;
  for (const [slug, figures] of Object.entries((await answer.json()).charts)) document.getElementById(`chart-${slug}`).figures = figures;
}

if (around) {
  draw();
  setInterval(draw, EVERY);
}
