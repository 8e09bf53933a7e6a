/** The sections of a table and their layout, following the AWS CLI (awscli/table.py). */

export class Section {
  readonly title: string;
  readonly indent: number;
  headers: readonly string[] = [];
  readonly rows: string[][] = [];
  readonly #widths: number[] = [];

  constructor(title: string, indent: number) {
    this.title = title;
    this.indent = indent;
  }

  addHeaders(headers: readonly string[]): void {
    this.headers = headers;
    this.#widen(headers);
  }

  addRow(row: readonly string[]): void {
    this.rows.push([...row]);
    this.#widen(row);
  }

  /** The width of each column with its padding, scaled to the whole width if that is given. */
  columnWidths(padding: number, whole?: number): number[] {
    const widths = this.#widths.map((width) => width + padding);
    if (whole === undefined || widths.length === 0) return widths;
    const factor = whole / widths.reduce((sum, width) => sum + width, 0);
    const scaled = widths.map((width) => roundHalfEven(factor * width));
    let over = scaled.reduce((sum, width) => sum + width, 0) - whole;
    while (over !== 0) {
      const order = [...scaled.keys()];
      if (over < 0) order.reverse();
      for (const index of order) {
        const step = over > 0 ? -1 : 1;
        scaled[index] = (scaled[index] ?? 0) + step;
        over += step;
        if (over === 0) break;
      }
    }
    return scaled;
  }

  totalWidth(): number {
    const columns = this.columnWidths(4).reduce((sum, width) => sum + width, 0);
    return Math.max(textWidth(this.title) + 2 + 2 * this.indent, columns + 2 + 2 * this.indent);
  }

  #widen(cells: readonly string[]): void {
    cells.forEach((cell, index) => {
      this.#widths[index] = Math.max(this.#widths[index] ?? 0, textWidth(cell));
    });
  }
}

export interface Styles {
  element(text: string): string;
  border(text: string): string;
}

export const PLAIN: Styles = { element: (text) => text, border: (text) => text };
/** The colors of the AWS CLI: bright blue values, dim yellow borders around nested sections. */
export const COLORED: Styles = {
  element: (text) => `\u001b[1m\u001b[34m${text}\u001b[0m`,
  border: (text) => `\u001b[2m\u001b[33m${text}\u001b[0m`,
};

/** Draws the sections one below the other. If they are wider than the terminal, a section with one row is drawn vertically. */
export function drawTable(sections: readonly Section[], terminalWidth: number, styles: Styles): string {
  const widest = (all: readonly Section[]) => Math.max(...all.map((section) => section.totalWidth()));
  const drawn = widest(sections) > terminalWidth ? sections.map(turned) : sections;
  const width = widest(drawn);
  return ['-'.repeat(width), ...drawn.flatMap((section) => drawSection(section, width, styles))]
    .map((line) => `${line}\n`)
    .join('');
}

function turned(section: Section): Section {
  const [row] = section.rows;
  if (row === undefined || section.rows.length !== 1 || section.headers.length === 0) return section;
  const upright = new Section(section.title, section.indent);
  section.headers.forEach((header, index) => {
    upright.addRow([header, row[index] ?? '']);
  });
  return upright;
}

function drawSection(section: Section, whole: number, styles: Styles): string[] {
  const width = whole - 2 * section.indent;
  const edge = styles.border('|').repeat(section.indent);
  const lines: string[] = [];
  if (section.title !== '') {
    lines.push(centered(section.title, width, '|'));
    if (section.headers.length === 0 && section.rows.length === 0) lines.push(`+${'-'.repeat(width - 2)}+`);
  }
  const widths = section.columnWidths(4, width);
  const rule = widths.map((column, index) =>
    index === 0 ? `+${'-'.repeat(column - 2)}+` : `${'-'.repeat(column - 1)}+`,
  );
  if (section.headers.length > 0) {
    const cells = section.headers.map((header, index) => centered(header, widths[index] ?? 0, index === 0 ? '|' : ''));
    lines.push(rule.join(''), cells.join(''));
  }
  if (section.rows.length > 0 && widths.length > 0) {
    const rows = section.rows.map((row) =>
      row.map((cell, index) => aligned(cell, widths[index] ?? 0, index === 0 ? '|' : '', styles)).join(''),
    );
    lines.push(rule.join(''), ...rows, rule.join(''));
  }
  return lines.map((line) => `${edge}${line}${edge}`);
}

function centered(text: string, width: number, left: string): string {
  const length = textWidth(text);
  const start = Math.max(0, Math.floor(width / 2) - Math.floor(length / 2) - 1);
  const right = Math.max(0, width - 1 - (left.length + start + length));
  return `${left}${' '.repeat(start)}${text}${' '.repeat(right)}|`;
}

function aligned(text: string, width: number, left: string, styles: Styles): string {
  const length = textWidth(text);
  const padding = width - (length + 2 + left.length + 1) >= 0 ? 2 : 0;
  const right = Math.max(0, width - (left.length + padding + length) - 1);
  return `${left}${' '.repeat(padding)}${styles.element(text)}${' '.repeat(right)}|`;
}

/** Python's round, which the AWS CLI uses for column widths. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u;

/**
 * The columns that a text takes on a terminal. The AWS CLI counts characters of ambiguous width (é) double, which is right only on
 * East Asian terminals; this function does not.
 */
const textWidth = (text: string): number =>
  [...text].reduce((sum, character) => sum + (WIDE.test(character) ? 2 : 1), 0);
