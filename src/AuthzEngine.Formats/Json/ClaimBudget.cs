using AuthzEngine.Requests;

namespace AuthzEngine.Formats.Json;

/// <summary>What is left of the limits, and the first that was exceeded: from then on nothing more is taken.</summary>
/// <param name="limits">The limits.</param>
internal abstract class ClaimBudget(ClaimLimits limits)
{
    private int _values = limits.MaxValues;

    /// <summary>Why the payload is refused.</summary>
    public ClaimsError Error { get; private set; }

    /// <summary>Refuses the payload.</summary>
    /// <param name="error">Why; the first counts.</param>
    /// <returns>A value to return: it is thrown away with the rest.</returns>
    protected ClaimValue Refuse(ClaimsError error)
    {
        Error = Error == ClaimsError.None ? error : Error;
        return new ClaimValue.Null();
    }

    /// <summary>Takes room for a value.</summary>
    /// <param name="isContainer">Whether it is an object or a list.</param>
    /// <param name="depth">Objects and lists that hold it, plus one.</param>
    /// <returns>Whether there is room.</returns>
    protected bool TryTake(bool isContainer, int depth)
    {
        if (isContainer && depth > limits.MaxDepth)
        {
            Refuse(ClaimsError.TooDeep);
        }
        else if (_values-- == 0)
        {
            Refuse(ClaimsError.TooManyValues);
        }

        return Error == ClaimsError.None;
    }
}
