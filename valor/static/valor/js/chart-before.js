// A uPlot plugin: the lines of an earlier time, behind those of now. Gaps stay gaps.
import { runs } from "./chart-band.js";
import { rows } from "./chart-rows.js";

function stroke(plot, values) {
  const { ctx } = plot;
  for (const [first, last] of runs(values)) {
    ctx.beginPath();
    for (let at = first; at <= last; at++) ctx.lineTo(plot.valToPos(plot.data[0][at], "x", true), plot.valToPos(values[at], "y", true));
    ctx.stroke();
  }
}

export function before(chart) {
  const draw = (plot) => {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    rows(chart).forEach(({ kind, values }, index) => {
      const series = plot.series[index + 1];
      if (kind !== "before" || !series.show) return;
      ctx.strokeStyle = series.stroke(plot, index + 1);
      ctx.lineWidth = devicePixelRatio;
      ctx.setLineDash(series.dash.map((length) => length * devicePixelRatio));
      stroke(plot, values);
    });
    ctx.restore();
  };
  return { hooks: { drawAxes: draw } };
}
