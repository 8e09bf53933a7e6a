/**
 * The rows of a CSV text (RFC 4180) as objects by the names in its first line. Omits empty cells and lines. The separator is the comma, or
 * the semicolon if the first line has no comma, as Excel writes it in some countries.
 * @throws SyntaxError that names the line
 */
export function parseCsv(text: string): Record<string, string>[] {
  const [head = ''] = text.split(/\r?\n/, 1);
  const separator = head.includes(',') || !head.includes(';') ? ',' : ';';
  const [first, ...rows] = cellsOf(text, separator).filter(({ cells }) => cells.some((cell) => cell !== ''));
  if (first === undefined) throw new SyntaxError('it is empty');
  const names = first.cells;
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new SyntaxError(`line 1: the column ${JSON.stringify(twice)} occurs twice`);
  return rows.map(({ line, cells }) => {
    if (cells.length !== names.length) {
      throw new SyntaxError(`line ${line}: it has ${cells.length} cells, but line 1 has ${names.length}`);
    }
    const entries = names.map((name, index) => [name, cells[index] ?? ''] as const);
    return Object.fromEntries(entries.filter(([, cell]) => cell !== ''));
  });
}

interface Row {
  readonly line: number;
  readonly cells: string[];
}

function cellsOf(text: string, separator: ',' | ';'): Row[] {
  const rows: Row[] = [{ line: 1, cells: [] }];
  let line = 1;
  // A cell, quoted or not, and what ends it.
  const cell = new RegExp(`(?:"((?:[^"]|"")*)"|([^"${separator}\r\n]*))(${separator}|\r?\n|$)`, 'y');
  while (cell.lastIndex < text.length) {
    const found = cell.exec(text);
    if (found === null)
      throw new SyntaxError(`line ${line}: a quote is not closed, or text stands beside a quoted cell`);
    const [all, quoted, plain = '', end] = found;
    rows.at(-1)?.cells.push(quoted === undefined ? plain.trim() : quoted.replaceAll('""', '"'));
    line += all.split('\n').length - 1;
    if (end === separator && cell.lastIndex === text.length) rows.at(-1)?.cells.push('');
    if (end !== separator) rows.push({ line, cells: [] });
  }
  return rows;
}
