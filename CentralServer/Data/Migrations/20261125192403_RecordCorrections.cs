using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace BrightKitchen.CentralServer.Data.Migrations
{
    /// <inheritdoc />
    public partial class RecordCorrections : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateIndex(
                name: "IX_Records_Corrects",
                table: "Records",
                column: "Corrects",
                filter: "\"Corrects\" IS NOT NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_Records_Corrects",
                table: "Records");
        }
    }
}
