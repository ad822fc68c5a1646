// Keeps a fault of one part of the page from blanking the rest.
import { Component, type ReactNode } from 'react';

export class Fault extends Component<{ of: string; children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  override render() {
    if (!this.state.hasFailed) return this.props.children;
    return <p className="problem" role="alert">{this.props.of} cannot be shown. Reload the page to try again.</p>;
  }
}
