/** Cuts a text where findings begin and end. Offsets are code points; JavaScript counts UTF-16 units. */

/**
 * Pieces that join to `text` again, in order.
 * @param {string} text
 * @param {{start: number, end: number}[]} findings  spans in code points; they may overlap
 * @returns {{text: string, within: object[], ending: object[]}[]} the findings that cover each piece, and those that end with it
 */
export function pieces(text, findings) {
  const points = Array.from(text);
  const spans = findings.filter((each) => 0 <= each.start && each.start < each.end && each.end <= points.length);
  const cuts = new Set([0, points.length]);
  for (const span of spans) cuts.add(span.start).add(span.end);
  const edges = [...cuts].sort((a, b) => a - b);
  return edges.slice(1).map((end, index) => ({
    text: points.slice(edges[index], end).join(""),
    within: spans.filter((each) => each.start < end && edges[index] < each.end),
    ending: spans.filter((each) => each.end === end),
  }));
}

/** Pieces of what the model saw: those that stand in for masked words are `{text, placeholder: true}`. */
export function placeholders(seen, original) {
  const split = seen.split(/([[［〔【][\p{L}_ ]+[_ ]?\d+[\]］〕】])/u);
  return split
    .map((text, index) => ({ text, placeholder: index % 2 === 1 && !original.includes(text) }))
    .filter((piece) => piece.text !== "");
}
