/** A series of a chart. */
export interface Series {
  readonly name: string;
  readonly color: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Points alone, or also the line between them. */
  readonly line?: boolean;
}

/** One chart with logarithmic axes. */
export interface Panel {
  readonly title: string;
  readonly x: { readonly title: string; readonly ticks: readonly number[] };
  readonly y: { readonly title: string; readonly ticks: readonly number[]; readonly unit?: string };
  readonly series: readonly Series[];
}

const WIDTH = 300;
const HEIGHT = 260;
const LEFT = 72;
const TOP = 34;
const PLOT = { width: WIDTH - LEFT - 14, height: HEIGHT - TOP - 46 };

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
const rounded = (value: number): string => String(Math.round(value * 10) / 10);
const text = (x: number, y: number, content: string, more = ''): string =>
  `<text x="${rounded(x)}" y="${rounded(y)}" ${more}>${escaped(content)}</text>`;

/** Charts side by side, below them the legend of the first one. The same charts give the same text. */
export function svgOf(title: string, panels: readonly Panel[], columns = panels.length): string {
  const rows = Math.ceil(panels.length / columns);
  const legend = panels[0]?.series ?? [];
  const width = columns * WIDTH;
  const perLine = Math.max(1, Math.floor(width / 220));
  const height = rows * HEIGHT + Math.ceil(legend.length / perLine) * 20 + 12;
  const drawn = panels.map((panel, index) => {
    const at = `translate(${(index % columns) * WIDTH} ${Math.floor(index / columns) * HEIGHT})`;
    return `<g transform="${at}">\n${panelOf(panel)}\n</g>`;
  });
  const keys = legend.map(({ name, color }, index) => {
    const x = 20 + (index % perLine) * 220;
    const y = rows * HEIGHT + 14 + Math.floor(index / perLine) * 20;
    return `<circle cx="${x}" cy="${y - 4}" r="5" fill="${color}"/>${text(x + 12, y, name)}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="11" role="img" aria-label="${escaped(title)}">
<title>${escaped(title)}</title>
<rect width="100%" height="100%" fill="white"/>
${[...drawn, ...keys].join('\n')}
</svg>
`;
}

function panelOf({ title, x, y, series }: Panel): string {
  const [across, up] = [scaleOf(x.ticks, PLOT.width), scaleOf(y.ticks, PLOT.height)];
  const left = (value: number) => LEFT + across(value);
  const top = (value: number) => TOP + PLOT.height - up(value);
  const bottom = TOP + PLOT.height;
  const grid = [
    ...x.ticks.map(
      (tick) =>
        `<path d="M${rounded(left(tick))} ${TOP}V${bottom}" stroke="#e5e5e5"/>${text(left(tick), bottom + 15, label(tick), 'text-anchor="middle"')}`,
    ),
    ...y.ticks.map(
      (tick) =>
        `<path d="M${LEFT} ${rounded(top(tick))}H${LEFT + PLOT.width}" stroke="#e5e5e5"/>${text(LEFT - 6, top(tick) + 4, `${label(tick)}${y.unit ?? ''}`, 'text-anchor="end"')}`,
    ),
  ];
  const marks = series.map(({ color, points, line }) => {
    const places = points.map(([px, py]) => `${rounded(left(px))} ${rounded(top(py))}`);
    const path =
      line && places.length > 1
        ? `<path d="M${places.join('L')}" fill="none" stroke="${color}" stroke-width="2"/>`
        : '';
    const dots = points.map(
      ([px, py]) => `<circle cx="${rounded(left(px))}" cy="${rounded(top(py))}" r="${line ? 3 : 5}" fill="${color}"/>`,
    );
    return path + dots.join('');
  });
  return [
    text(LEFT, 20, title, 'font-weight="bold"'),
    ...grid,
    text(LEFT + PLOT.width / 2, HEIGHT - 8, x.title, 'text-anchor="middle"'),
    `<text transform="translate(12 ${TOP + PLOT.height / 2}) rotate(-90)" text-anchor="middle">${escaped(y.title)}</text>`,
    ...marks,
  ].join('\n');
}

const label = (value: number): string => value.toLocaleString('en-US');

/** A logarithmic scale between the first and the last tick. Values outside are drawn at its end. */
function scaleOf(ticks: readonly number[], length: number): (value: number) => number {
  const [low, high] = [Math.log(ticks[0] ?? 1), Math.log(ticks.at(-1) ?? 10)];
  return (value) => {
    const share = value <= 0 ? 0 : (Math.log(value) - low) / (high - low);
    return Math.min(1, Math.max(0, share)) * length;
  };
}
