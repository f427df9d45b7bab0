// A uPlot plugin: the level above which something is wrong, drawn and named.
export function threshold({ threshold: level, thresholdName: name }, token) {
  if (level === undefined) return { hooks: {} };
  const draw = (plot) => {
    const { ctx, bbox } = plot;
    const y = Math.round(plot.valToPos(Number(level), "y", true));
    const ratio = devicePixelRatio;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = token("--warning");
    ctx.lineWidth = ratio;
    ctx.setLineDash([4 * ratio, 4 * ratio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.font = `${12 * ratio}px system-ui`;
    ctx.textAlign = "right";
    ctx.textBaseline = "bottom";
    ctx.fillText(name, bbox.left + bbox.width, y - 2 * ratio);
    ctx.restore();
  };
  return { hooks: { draw } };
}
