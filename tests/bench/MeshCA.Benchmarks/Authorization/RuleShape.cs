namespace MeshCA.Benchmarks.Authorization;

/// <summary>What tells the rules of one workload apart.</summary>
public enum RuleShape
{
    /// <summary>Each its own principal and path, two methods: the rules that authzload sends to every engine.</summary>
    Principals,

    /// <summary>All of one principal, each its own path.</summary>
    Paths,

    /// <summary>Each its own block of addresses.</summary>
    Blocks,

    /// <summary>Each its own value of a claim.</summary>
    Claims,
}
