// What a chart draws over its times: its lines, then each line of an earlier time ("before"), then what is foreseen
// ("ahead"). `of` is the line that a row belongs to, `band` from the least to the greatest that it may stand for.
export function rows({ data, dataset, bands, more }) {
  const lines = dataset.labels.split("|").map((label, of) => ({ label, of, kind: "line", band: bands[of] ?? null }));
  return [...lines, ...more].map((row, index) => ({ ...row, values: data[index + 1] }));
}

const EDGES = { line: ["least", "greatest"], ahead: ["low", "high"] };

// The same as columns: a band is two more.
export function columns(chart) {
  return rows(chart).flatMap(({ label, kind, band, values }) => {
    const edges = band ? EDGES[kind].map((edge, side) => ({ label: `${label}, ${edge}`, values: band[side] })) : [];
    return [{ label, values }, ...edges];
  });
}
