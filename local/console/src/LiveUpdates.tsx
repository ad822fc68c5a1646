import { useSyncExternalStore } from 'react';
import { current, forgetEvents, observe } from './live';

/** Shows what listens, and its events, in every tab. */
export function LiveUpdates() {
  const { subscriptions, events } = useSyncExternalStore(observe, current);
  if (!subscriptions.length && !events.length) return null;
  return (
    <section className="live" aria-labelledby="live-heading">
      <header>
        <h2 id="live-heading">Live updates</h2>
        {events.length > 0 && (
          <button type="button" className="graphiql-un-styled" onClick={forgetEvents}>
            Clear
          </button>
        )}
      </header>
      <ul className="live-subscriptions">
        {subscriptions.map(({ key, name, caller, ended, stop }) => (
          <li key={key} data-ended={Boolean(ended)}>
            <span>
              {name}, as {caller}
              {ended && `: ended. ${ended}`}
            </span>
            <button type="button" className="graphiql-un-styled" aria-label={`${ended ? 'Remove' : 'Stop'} ${name}`} onClick={stop}>
              {ended ? 'Remove' : 'Stop'}
            </button>
          </li>
        ))}
      </ul>
      {/* The keyboard scrolls it, so that it takes the focus. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <ol className="live-events" aria-live="polite" tabIndex={0} aria-label="Events, newest first">
        {events.length === 0 && <li>No event yet.</li>}
        {events.map(({ key, subscription, caller, at, result }) => (
          <li key={key}>
            <p>
              <time dateTime={at.toISOString()}>{at.toLocaleTimeString()}</time> {subscription}, as {caller}
            </p>
            <pre>{JSON.stringify(result, null, 2)}</pre>
          </li>
        ))}
      </ol>
    </section>
  );
}
