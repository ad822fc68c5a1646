import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { loadConfig } from './config';
import { signInProblem } from './problems';
import { configureSessions, currentUser } from './session';
import './style.css';

const root = createRoot(document.querySelector('#root')!);
try {
  const config = await loadConfig();
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
  root.render(<p className="alone">The board cannot be loaded. Is the stack running? Start it with `make up`, then reload.</p>);
}
