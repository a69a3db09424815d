namespace BrightKitchen.VisionModels.Teaching;

/// <summary>Solves A·X = B for a symmetric, positive definite A.</summary>
internal static class Cholesky
{
    public static double[,] Solve(double[,] a, double[,] b)
    {
        int n = a.GetLength(0),
            m = b.GetLength(1);
        var l = new double[n, n];
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                var sum = a[i, j];
                for (var k = 0; k < j; k++)
                    sum -= l[i, k] * l[j, k];
                l[i, j] = i == j ? Math.Sqrt(sum) : sum / l[j, j];
            }
        }

        var x = (double[,])b.Clone();
        for (var c = 0; c < m; c++)
        {
            for (var i = 0; i < n; i++)
            {
                for (var k = 0; k < i; k++)
                    x[i, c] -= l[i, k] * x[k, c];
                x[i, c] /= l[i, i];
            }

            for (var i = n - 1; i >= 0; i--)
            {
                for (var k = i + 1; k < n; k++)
                    x[i, c] -= l[k, i] * x[k, c];
                x[i, c] /= l[i, i];
            }
        }

        return x;
    }
}
