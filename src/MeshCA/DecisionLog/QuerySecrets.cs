using System.Collections.Frozen;

namespace MeshCA.DecisionLog;

/// <summary>Replaces the tokens that stand in a request's query.</summary>
/// <param name="parameters">Names of the parameters that hold tokens.</param>
/// <param name="digest">Stands in for them.</param>
internal sealed class QuerySecrets(FrozenSet<string> parameters, SecretDigest digest)
{
    /// <summary>Replaces the values of the parameters.</summary>
    /// <param name="path">Path and query; untrusted.</param>
    /// <returns>The same object where there is no token.</returns>
    public string Replace(string path)
    {
        var query = path.IndexOf('?', StringComparison.Ordinal) + 1;
        if (query == 0)
        {
            return path;
        }

        var pairs = path[query..].Split('&');
        var replaced = false;
        for (var i = 0; i < pairs.Length; i++)
        {
            var value = pairs[i].IndexOf('=', StringComparison.Ordinal) + 1;
            if (value > 0 && value < pairs[i].Length && parameters.Contains(Uri.UnescapeDataString(pairs[i][..(value - 1)])))
            {
                pairs[i] = pairs[i][..value] + digest.Of(pairs[i][value..]);
                replaced = true;
            }
        }

        return replaced ? path[..query] + string.Join('&', pairs) : path;
    }
}
