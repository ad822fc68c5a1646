import type { ApiError } from "./plain.js";

export interface Problem {
  text: string;
  field?: string;
  currentVersion?: number;
}

export function problemOf(error: unknown): Problem {
  // Amplify: in `errors`; urql: in `networkError`, which is the package's error; the package, Apollo and plain: the error itself
  const wrapped = error as { errors?: ApiError[]; networkError?: ApiError };
  const { errorType, errorInfo, message } = wrapped.errors?.[0] ?? wrapped.networkError ?? (error as ApiError);
  switch (errorType) {
    case "ValidationError":
      return { text: message, ...(errorInfo?.["field"] ? { field: String(errorInfo["field"]) } : {}) };
    case "TaskNotFound":
      return { text: "This task was deleted, or it is somebody else's." };
    case "Conflict":
    case "InvalidTransition":
      return { text: "Somebody changed this task meanwhile.", currentVersion: Number(errorInfo?.["currentVersion"]) };
    case "TooManyRequests":
      return { text: `Too many requests: try again in ${Number(errorInfo?.["retryAfter"] ?? 30)} seconds.` };
    case "Unauthorized":
    case "UnauthorizedException":
      return { text: "Sign in again, or ask the owner of the task." };
    default:
      return { text: `It did not work: ${message}` };
  }
}
