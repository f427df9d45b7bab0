// A uPlot plugin: behind each line of means, from the least to the greatest sample in them; around what is foreseen, its
// interval with dashed edges. Gaps stay gaps.
import { rows } from "./chart-rows.js";

const FAINT = 0.18;

// Runs of neighbours that are known, each as [first, last].
export function runs(lows) {
  const found = [];
  lows.forEach((low, at) => {
    if (low === null) return;
    if (at && lows[at - 1] !== null) found.at(-1)[1] = at;
    else found.push([at, at]);
  });
  return found;
}

function outline(plot, [lows, highs], [first, last]) {
  const corner = (at, values) => [plot.valToPos(plot.data[0][at], "x", true), plot.valToPos(values[at], "y", true)];
  const there = Array.from({ length: last - first + 1 }, (_, step) => first + step);
  return [...there.map((at) => corner(at, highs)), ...there.reverse().map((at) => corner(at, lows))];
}

function fill(plot, { band, kind }, colour) {
  const { ctx } = plot;
  ctx.fillStyle = ctx.strokeStyle = colour;
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const run of runs(band[0])) {
    ctx.beginPath();
    for (const corner of outline(plot, band, run)) ctx.lineTo(...corner);
    ctx.globalAlpha = FAINT;
    ctx.fill();
    ctx.globalAlpha = 1;
    if (kind === "ahead") ctx.stroke();
  }
}

export function bands(chart, token) {
  const draw = (plot) => {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const row of rows(chart)) if (row.band) fill(plot, row, token(`--series-${row.of + 1}`));
    ctx.restore();
  };
  return { hooks: { drawAxes: draw } };
}
