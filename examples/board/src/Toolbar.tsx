// What is shown: filters and the order.
import { ListFilter, X } from 'lucide-react';
import { useState, type ChangeEvent } from 'react';
import type { TaskPriority } from 'tasks-api-client';
import { useLabels } from './tasks';
import { DUE_FILTERS, EVERYTHING, isFiltered, ORDERS, PRIORITIES, type DueFilter, type Order, type View } from './view';

const mark = (isSet: boolean): string => `chip-button ${isSet ? 'is-set' : ''}`;

interface Props {
  view: View;
  onChange: (view: View) => void;
}

export function Toolbar({ view, onChange }: Props) {
  const labels = useLabels();
  const [isShown, setShown] = useState(false); // on a phone
  const choose = (name: keyof View) => (event: ChangeEvent<HTMLSelectElement>) => onChange({ ...view, [name]: event.target.value });

  return (
    <fieldset className={`toolbar ${isShown ? 'is-shown' : ''}`} aria-label="Filter and order">
      <button type="button" className={`filter-toggle ${mark(isFiltered(view))}`} aria-expanded={isShown} onClick={() => setShown(!isShown)}><ListFilter size={15} aria-hidden="true" /> Filter</button>
      <select aria-label="Due" className={mark(view.due !== 'any')} value={view.due satisfies DueFilter} onChange={choose('due')}>
        {Object.entries(DUE_FILTERS).map(([value, name]) => <option key={value} value={value}>{name}</option>)}
      </select>
      <select aria-label="Of priority" className={mark(view.priority !== 'any')} value={view.priority satisfies TaskPriority | 'any'} onChange={choose('priority')}>
        <option value="any">Any priority</option>
        {Object.entries(PRIORITIES).map(([value, name]) => <option key={value} value={value}>{name}</option>)}
      </select>
      <select aria-label="Label" className={mark(view.label !== null)} value={view.label ?? ''} onChange={(event) => onChange({ ...view, label: event.target.value || null })}>
        <option value="">Any label</option>
        {[...new Set([...labels, ...(view.label ? [view.label] : [])])].map((label) => <option key={label}>{label}</option>)}
      </select>
      <select aria-label="Order" className={mark(view.order !== 'manual')} value={view.order satisfies Order} onChange={choose('order')}>
        {Object.entries(ORDERS).map(([value, name]) => <option key={value} value={value}>{name}</option>)}
      </select>
      {isFiltered(view) && <button type="button" className="quiet" onClick={() => onChange({ ...EVERYTHING, order: view.order })}><X size={14} aria-hidden="true" /> Clear filter</button>}
    </fieldset>
  );
}
