// A panel for developers: the GraphQL of what the board did last, to be read and copied.
import { Check, Copy, X } from 'lucide-react';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { asApollo, asClient, asCurl, tidy } from './copies';
import type { Exchange, Network } from './network';

const COPIES = { curl: asCurl, client: asClient, Apollo: asApollo } as const;
const LONGEST = 10_000; // characters of an answer
const COPIED = 1_500; // milliseconds that the mark shows

export function Inspector({ network, url, onClose }: { network: Network; url: string; onClose: () => void }) {
  const exchanges = useSyncExternalStore(network.subscribe, network.exchanges);
  const [chosen, choose] = useState<number | null>(null);
  const exchange = exchanges.find(({ id }) => id === chosen) ?? exchanges.find(({ kind }) => kind === 'mutation') ?? exchanges[0];

  return (
    <aside className="panel inspector" aria-label="GraphQL">
      <header>
        <h2>GraphQL</h2>
        <button type="button" className="icon-button" aria-label="Close GraphQL" onClick={onClose}><X size={18} aria-hidden="true" /></button>
      </header>
      <div className="panel-body">
        {!exchange && <p className="empty">Change a task: its request shows here.</p>}
        {exchange && (
          <>
            <ol className="exchanges" aria-label="Requests, newest first">
              {exchanges.slice(0, 8).map((one) => (
                <li key={one.id}>
                  <button type="button" aria-pressed={one === exchange} onClick={() => choose(one.id)}>
                    <code>{one.name}</code> <span className={one.failed ? 'problem' : ''}>{summary(one)}</span>
                  </button>
                </li>
              ))}
            </ol>
            <div className="choices copies">{(Object.keys(COPIES) as (keyof typeof COPIES)[]).map((name) => <CopyButton key={name} name={name} text={COPIES[name](exchange, url)} />)}</div>
            <h3>{exchange.kind === 'mutation' ? 'Mutation' : 'Query'}</h3>
            <pre><code>{tidy(exchange.document)}</code></pre>
            <h3>Variables</h3>
            <pre><code>{JSON.stringify(exchange.variables, null, 2)}</code></pre>
            <h3>Answer</h3>
            <pre><code>{exchange.answer === undefined ? 'none yet' : shortened(JSON.stringify(exchange.answer, null, 2))}</code></pre>
          </>
        )}
      </div>
    </aside>
  );
}

const shortened = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}\n…` : text);

function summary({ milliseconds, bytes, failed }: Exchange): string {
  if (milliseconds === undefined) return '…';
  return `${failed ? 'failed, ' : ''}${Math.round(milliseconds)} ms, ${sizeOf(bytes ?? 0)}`;
}

export const sizeOf = (bytes: number): string => (bytes < 1_000 ? `${bytes} bytes` : `${(bytes / 1_000).toFixed(1)} kB`);

function CopyButton({ name, text }: { name: string; text: string }) {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), COPIED);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const Icon = isCopied ? Check : Copy;
  return (
    <button type="button" onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}>
      <Icon size={14} aria-hidden="true" /> {isCopied ? 'Copied' : `Copy as ${name}`}
    </button>
  );
}
