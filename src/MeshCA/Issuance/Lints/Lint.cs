namespace MeshCA.Issuance.Lints;

/// <summary>One rule that to-be-signed bytes must meet.</summary>
/// <param name="Name">The rule, for logs: <c>leaf_subject_empty</c>.</param>
/// <param name="Clause">Where the rule stands.</param>
/// <param name="Holds">Whether the bytes meet it.</param>
internal sealed record Lint(string Name, string Clause, Func<TbsCertificate, CertificatePlan, bool> Holds);
