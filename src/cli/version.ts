declare const BUILD_VERSION: string | undefined;

/** The version of package.json, which the build writes in; `development` when the sources run unbuilt, as in tests. */
export const VERSION = typeof BUILD_VERSION === 'string' ? BUILD_VERSION : 'development';
