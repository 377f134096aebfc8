/** Lets the arrow keys go from link to link in a table, as in a spreadsheet. */
export function moveByArrows(table: HTMLTableElement): { destroy: () => void } {
  const onKey = (event: KeyboardEvent) => {
    const from = event.target instanceof Element ? event.target.closest("td, th") : null;
    const row = from?.parentElement;
    if (!(from instanceof HTMLTableCellElement) || !(row instanceof HTMLTableRowElement)) return;
    const steps: Record<string, [number, number]> = {
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
    };
    const step = steps[event.key];
    if (!step) return;
    const cell = table.rows[row.rowIndex + step[0]]?.cells[from.cellIndex + step[1]];
    const link = cell?.querySelector("a");
    if (!link) return;
    event.preventDefault();
    link.focus();
  };
  table.addEventListener("keydown", onKey);
  return { destroy: () => table.removeEventListener("keydown", onKey) };
}
