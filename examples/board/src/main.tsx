import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { isLocal, loadConfig } from './config';
import { adviseDevelopers, signInProblem } from './problems';
import { configureSessions, currentUser } from './session';
import './style.css';

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

const root = createRoot(document.querySelector('#root')!);
try {
  const config = await loadConfig();
  if (isLocal(config)) adviseDevelopers();
  configureSessions(config);
  const start = await currentUser().then(
    (user) => ({ user }),
    (error: unknown) => ({ user: null, notice: signInProblem(error) }),
  );
  root.render(
    <StrictMode>
      <App config={config} {...start} />
    </StrictMode>,
  );
} catch {
  const advice = LOOPBACK.includes(location.hostname) ? 'Is the stack running? Start it with `make up`, then reload.' : 'Reload the page in some minutes.';
  root.render(<p className="alone">The board cannot be loaded. {advice}</p>);
}
