using AuthzEngine.Matching;

namespace AuthzEngine.Indexing;

/// <summary>A value that a request must have for a clause to hold: what a rule can be found by.</summary>
/// <param name="Target">What is looked up.</param>
/// <param name="Pattern">An exact text, prefix or suffix; null for addresses and ports.</param>
/// <param name="Block">A block of addresses; else null.</param>
/// <param name="Port">A port; else 0.</param>
/// <param name="Proves">Whether whoever has the value matches the value of the clause, and not only may.</param>
internal readonly record struct Anchor(
    AnchorTarget Target, TextPattern? Pattern = null, CidrBlock? Block = null, int Port = 0, bool Proves = false);
