// The price line of a histogram: arrow keys or drag move it, P(value > x) follows and is spoken by the slider.
const STEPS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10, Home: -1000, End: 1000 };

function shareAbove(line, { edges, counts, below, above }) {
  const part = (i) => Math.min(1, Math.max(0, (edges[i + 1] - line) / (edges[i + 1] - edges[i])));
  const total = counts.reduce((sum, count) => sum + count, below + above);
  return counts.reduce((sum, count, i) => sum + count * part(i), above) / total;
}

export function move(slider, wanted) {
  const figure = slider.closest("[data-histogram]");
  const data = Object.fromEntries(["edges", "counts", "below", "above"].map((key) => [key, JSON.parse(figure.dataset[key])]));
  const [low, high] = [data.edges[0], data.edges.at(-1)];
  const line = Math.min(high, Math.max(low, wanted));
  const digits = high - low >= 1000 ? 0 : 2;
  const shown = line.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits }).replace("-", "\u2212");
  const words = `${(shareAbove(line, data) * 100).toFixed(0)} % above ${figure.dataset.currency} ${shown}`;
  slider.setAttribute("x", `${((line - low) / (high - low)) * 100}%`);
  slider.setAttribute("aria-valuenow", Number(line.toFixed(6)));
  slider.setAttribute("aria-valuetext", words);
  figure.querySelector("[data-histogram-words]").textContent = words;
  figure.querySelectorAll("[data-bar]").forEach((bar, i) => bar.classList.toggle("above", (data.edges[i] + data.edges[i + 1]) / 2 > line));
}

// On the document: the histogram arrives with a swap.
document.addEventListener("keydown", (event) => {
  const slider = event.target.closest?.("[data-histogram] [role=slider]");
  if (!slider || !(event.key in STEPS)) return;
  event.preventDefault();
  const [low, high, now] = ["min", "max", "now"].map((end) => Number(slider.getAttribute(`aria-value${end}`)));
  move(slider, now + (STEPS[event.key] * (high - low)) / 200);
});
