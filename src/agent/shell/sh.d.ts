/** A shell script imported by a module is its text; the build and the test runner see to it. */
declare module '*.sh' {
  const text: string;
  export default text;
}
