import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import '@graphiql/plugin-explorer/style.css';
import { createRoot } from 'react-dom/client';
import { loadConfig } from './config';
import { Console } from './Console';
import './style.css';

const root = createRoot(document.querySelector('#console')!);
try {
  const config = await loadConfig();
  root.render(
    <main>
      <h1 className="unseen">Tasks API console</h1>
      <Console config={config} />
    </main>,
  );
} catch (fault) {
  root.render(<p className="alone">{fault instanceof Error ? fault.message : String(fault)}</p>);
}
