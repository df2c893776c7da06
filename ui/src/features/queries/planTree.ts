// A plan as rows that open and close, and where a key moves to among them.
import type { PlanNode } from '../../api/generated/PlanNode';
import { count } from '../../shared/format';
import { nestMove, rowAfter } from '../../shared/table';
import type { Tone } from '../../shared/tone';

export interface PlanRow {
  node: PlanNode;
  depth: number;
  open: boolean;
}

/** The rows in view, parents before their children; what is under a closed one is left out. */
export function planRows(root: PlanNode, closed: ReadonlySet<number>): PlanRow[] {
  const rows: PlanRow[] = [];
  const visit = (node: PlanNode, depth: number) => {
    const open = node.children.length > 0 && !closed.has(node.id);
    rows.push({ node, depth, open });
    if (open) for (const child of node.children) visit(child, depth + 1);
  };
  visit(root, 0);
  return rows;
}

/** The nodes above one, so that all can be opened that hide it. */
export function above(root: PlanNode, id: number): number[] {
  const visit = (node: PlanNode, path: number[]): number[] | null => {
    if (node.id === id) return path;
    for (const child of node.children) {
      const found = visit(child, [...path, node.id]);
      if (found) return found;
    }
    return null;
  };
  return visit(root, []) ?? [];
}

/** The node that a key moves to; 'toggle' opens or closes the one it is on. */
export function planMove(key: string, rows: PlanRow[], id: number): number | 'toggle' | undefined {
  const here = rows.findIndex(({ node }) => node.id === id);
  const nests = rows.map(({ node, depth, open }) => ({
    depth,
    open: node.children.length === 0 ? null : open,
  }));
  const move = nestMove(key, here, nests) ?? rowAfter(key, here, rows.length);
  return typeof move === 'number' ? rows[move]?.node.id : move;
}

/** From how far off an estimate is worth a look, and from where it likely chose the wrong plan. */
const OFF = 10;
const FAR_OFF = 100;

export function estimateTone({ misestimate }: PlanNode): Tone {
  if (misestimate === null || misestimate < OFF) return 'none';
  return misestimate < FAR_OFF ? 'warning' : 'critical';
}

/** "348× more" than planned */
export function estimateWords({ misestimate, planned_rows, actual_rows }: PlanNode): string | null {
  if (misestimate === null || misestimate < OFF || actual_rows === null) return null;
  return `${count(Math.round(misestimate))}× ${actual_rows > planned_rows ? 'more' : 'fewer'}`;
}

/** How many values a statement wants: the highest of its placeholders. */
export function placeholdersIn(statement: string): number {
  const numbers = [...statement.matchAll(/\$(\d+)/g)].map(([, digits]) => Number(digits));
  return Math.max(0, ...numbers);
}
