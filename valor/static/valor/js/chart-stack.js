// A uPlot plugin: shares on top of each other, each held until the next; those below zero hang under it. Gaps stay gaps.
import { runs } from "./chart-band.js";
import { fillStyle, look } from "./chart-fills.js";
import { rows } from "./chart-rows.js";

// Of each row that is shown, from where to where it reaches at each time.
export function layers(chart, plot) {
  const [ups, downs] = [0, 1].map(() => chart.data[0].map(() => 0));
  const edge = (value, at) => {
    if (value === null) return null;
    const side = value < 0 ? downs : ups;
    side[at] += value;
    return [side[at] - value, side[at]];
  };
  return rows(chart).flatMap(({ values, of }) => (plot.series[of + 1].show ? [{ of, edges: values.map(edge) }] : []));
}

export function reach(chart, plot) {
  const ends = layers(chart, plot).flatMap(({ edges }) => edges.flatMap((edge) => edge?.[1] ?? []));
  return [Math.min(0, ...ends), Math.max(100, ...ends)];
}

function outline(plot, edges, [first, last]) {
  const [times] = plot.data;
  const right = (at) => plot.valToPos(times[at + 1] ?? plot.scales.x.max, "x", true);
  const side = (which) =>
    Array.from({ length: last - first + 1 }, (_, step) => first + step).flatMap((at) => {
      const y = plot.valToPos(edges[at][which], "y", true);
      return [[plot.valToPos(times[at], "x", true), y], [right(at), y]];
    });
  return [...side(1), ...side(0).reverse()];
}

export function stack(chart, token) {
  if (chart.dataset.range !== "stacked") return { hooks: {} };
  const draw = (plot) => {
    const { ctx } = plot;
    ctx.save();
    Object.assign(ctx, { strokeStyle: token("--canvas"), lineWidth: devicePixelRatio });
    for (const { of, edges } of layers(chart, plot)) {
      ctx.fillStyle = fillStyle(ctx, look(of, token));
      for (const run of runs(edges)) {
        ctx.beginPath();
        for (const corner of outline(plot, edges, run)) ctx.lineTo(...corner);
        ctx.closePath();
        ctx.fill();
        ctx.stroke();
      }
    }
    ctx.restore();
  };
  return { hooks: { drawAxes: draw } };
}
